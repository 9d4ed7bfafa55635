import Dataflow
import Testing

@testable import Execution

@Suite struct ClaimsAheadTests {
    private func key(_ number: Int) -> Key {
        Key(KeyMaterial(.command(KeyMaterial.Command(text: "\(number)"))))
    }

    @Test func nothingIsClaimedAheadBeforeThePaceIsKnown() {
        var ahead = ClaimsAhead()
        #expect(ahead.reach(now: 100) == 0)
        #expect(ahead.expiry == nil)
    }

    /// One stage is started by each claim itself, and the others are taken.
    @Test(arguments: [
        (0, 0.001, 50), (0, 0.01, 5), (0, 0.1, 0), (19, 0.01, 64), (9, 0.1, 5), (0, 0, 0), (5, -1, 0),
    ])
    func theReachFollowsThePace(taken: Int, seconds: Double, expected: Int) {
        var ahead = ClaimsAhead()
        _ = ahead.reach(now: 100)
        for number in 0..<taken {
            ahead.add(key(number))
            let isTaken = ahead.take(key(number))
            #expect(isTaken)
        }
        #expect(abs(ahead.reach(now: 100 + seconds) - expected) <= 1)
    }

    @Test func afterMeetingAnotherRunNothingIsClaimedAheadForAWhile() {
        var ahead = ClaimsAhead()
        _ = ahead.reach(now: 100)
        ahead.meet(now: 100)
        #expect(ahead.reach(now: 100.001) == 0)
        #expect(ahead.reach(now: 100.9) == 0)
        _ = ahead.reach(now: 102)
        #expect(ahead.reach(now: 102.001) > 0)
    }

    @Test func aKeyIsClaimedOnceAndTheRestReleased() throws {
        var ahead = ClaimsAhead()
        _ = ahead.reach(now: 100)
        for number in 1...3 { ahead.add(key(number)) }
        let expiry = try #require(ahead.expiry)
        #expect(expiry > 100 && expiry < 101)
        let first = ahead.take(key(2))
        let second = ahead.take(key(2))
        let unknown = ahead.take(key(9))
        #expect(first && !second && !unknown)
        #expect(Set(ahead.takeAll()) == [key(1), key(3)])
        #expect(ahead.expiry == nil)
        #expect(ahead.takeAll().isEmpty)
    }
}
