import StageSchemas
import Testing

@testable import Dataflow

struct RunArgumentsTests {
    @Test(arguments: [
        (["run", "p.yaml"], true), (["run", "-j2", "p.yaml", "--json"], true),
        (["run", "-j", "2", "--set", "a=b", "p.yaml", "-k"], true), (["run", "--set=a=b", "p.yaml"], true),
        (["watch", "p.yaml"], true), (["run", "p.yaml", "model"], false),
        (["run", "p.yaml", "--tag", "slow"], false), (["run", "p.yaml", "--tag=slow"], false),
        (["run", "model", "--only", "p.yaml"], false), (["run", "p.yaml", "--unknown", "value"], false),
        (["sweep", "p.yaml"], false), (["import", "b.sluice"], false), (["run"], false), ([], false),
    ])
    func aRunIsOfAllStagesIfNoneIsNamed(_ words: [String], _ isOfAll: Bool) {
        #expect(RunArguments(words).areOfAllStages == isOfAll)
    }

    @Test func coordinatesAreReadFromAnInstancesName() {
        let names = ["m[k=10,s=a]", "m[k=2,s=b]", "m[k=2,s=a]", "m[k=x,s=a]", "m[k=010,s=a,b]"]
        let sorted = names.sorted { InstanceCoordinates(of: $0) < InstanceCoordinates(of: $1) }
        #expect(sorted == ["m[k=2,s=a]", "m[k=2,s=b]", "m[k=10,s=a]", "m[k=010,s=a,b]", "m[k=x,s=a]"])
        #expect(InstanceCoordinates(of: "m[k=2,s=a,b]").values == ["k": .integer(2), "s": .string("a,b")])
        #expect(InstanceCoordinates(of: "m[k=010]").values == ["k": .string("010")])
    }
}
