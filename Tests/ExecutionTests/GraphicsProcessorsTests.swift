import Files
import TestSupport
import Testing

@testable import Execution

@Suite struct GraphicsProcessorsTests {
    @Test func areThoseThatAProcessSees() throws {
        func names(_ variable: String) -> [String] {
            GraphicsProcessors.names(environment: ["CUDA_VISIBLE_DEVICES": variable])
        }
        #expect(names("2, 0") == ["2", "0"] && names("GPU-8932f937") == ["GPU-8932f937"])
        #expect(names("") == [] && names("-1") == [] && names("1,-1,0") == ["1"])
        try withTemporaryFolder { folder in
            for name in ["nvidia0", "nvidia3", "nvidiactl", "nvidia-uvm", "null"] {
                try FileContents.write([], to: folder.appending(name))
            }
            #expect(GraphicsProcessors.names(environment: [:], devices: folder) == ["0", "1"])
            #expect(GraphicsProcessors.names(environment: [:], devices: folder.appending("none")) == [])
        }
    }

    @Test func areGivenToOneStageAtATime() {
        var processors = GraphicsProcessors(["0", "1", "2"])
        #expect(processors.take(0) == [] && processors.take(2) == ["0", "1"])
        #expect(processors.take(2) == ["2"] && processors.take(1) == [])
        processors.give(["1"])
        #expect(processors.take(1) == ["1"])
    }
}
