/// How a turn that is too long shares its budget between prompt and responses.
///
/// Responses take precedence over the prompt: a response within its budget is kept whole and lends the remainder to the
/// other one; the prompt receives what both leave. The sum never exceeds `promptBudget + 2 × responseBudget`.
package struct Allocation: Sendable, Hashable {
    /// The length of the prompt to keep.
    package var prompt: Int
    /// The length of response A to keep.
    package var responseA: Int
    /// The length of response B to keep.
    package var responseB: Int

    /// The caps for texts of the given lengths, all in the same unit. A cap may exceed its text.
    ///
    /// A response of exactly its budget counts as fitting, on both sides alike. (The original formulas omit this case:
    /// the other response then stayed whole, beyond the total.)
    package init(prompt: Int, responseA: Int, responseB: Int, promptBudget: Int, responseBudget: Int) {
        var spare = max(0, promptBudget - prompt)
        var capA = responseA
        var capB = responseB
        let overA = responseA - responseBudget
        let overB = responseB - responseBudget
        if overA > 0 && overB > 0 {
            if overA + overB <= spare {
                spare -= overA + overB
            } else {
                // What the shorter one leaves of its half is not passed on.
                capA = responseBudget + spare / 2
                capB = responseBudget + spare / 2
                spare = 0
            }
        } else {
            spare -= min(overA, 0) + min(overB, 0)
            let over = max(overA, overB, 0)
            let granted = min(over, spare)
            if overA > 0 { capA = responseBudget + granted }
            if overB > 0 { capB = responseBudget + granted }
            spare -= granted
        }
        self.prompt = min(prompt, promptBudget) + spare
        self.responseA = capA
        self.responseB = capB
    }
}
