import Testing

@testable import Execution

/// Many attempts become few submissions, and few are submitted soon.
struct CollectingPaceTests {
    @Test func aStreamIsCollectedLongerAndLonger() {
        var pace = CollectingPace()
        var now = 0.0
        var submissions = 0
        // Something comes every millisecond for a minute.
        while now < 60 {
            now = pace.due(now: now)
            pace.submitted(now: now)
            submissions += 1
            now += 0.001
        }
        #expect(submissions < 15)
        #expect(pace.window == 10)
    }

    @Test func aSingleAttemptIsSubmittedSoon() {
        var pace = CollectingPace()
        for now in [0.0, 1, 2, 3] {
            #expect(pace.due(now: now) < now + 0.2)
            pace.submitted(now: now + 0.15)
        }
    }
}
