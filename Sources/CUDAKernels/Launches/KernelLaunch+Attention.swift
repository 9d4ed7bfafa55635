extension KernelLaunch {
    private static func attention(
        _ name: String, _ plan: AttentionPlan, blocks: Int, threads: Int = 128, sharedBytes: Int,
        _ arguments: [KernelArgument]
    ) -> KernelLaunch {
        KernelLaunch(
            plan.usesTensorCores ? "\(name)_\(plan.headSize)" : "\(name)_plainly",
            in: plan.usesTensorCores ? .attentionTiles : .attention, blocks: blocks,
            threads: plan.usesTensorCores ? threads : 256, sharedBytes: sharedBytes, arguments)
    }

    /// The output of attention, and the logarithms of the softmax denominators (heads, rows).
    ///
    /// - Parameters:
    ///   - tables: those of the plan.
    ///   - places: the position of each query among its sequence's keys; they ascend.
    ///   - queries: (rows, heads · head size), in BF16, as the output.
    ///   - keysValues: (keys, 2 · key heads · head size), keys first.
    public static func attend(
        _ plan: AttentionPlan, tables: UInt64, places: UInt64, queries: UInt64, keysValues: UInt64,
        output: UInt64, logarithms: UInt64
    ) -> KernelLaunch {
        attention(
            "attend", plan, blocks: plan.queryTileCount * plan.headCount,
            sharedBytes: plan.tiles.forwardBytes(plan.headSize),
            plan.arguments(tables: tables, places: places, forKeys: false)
                + [.address(queries), .address(keysValues), .address(output), .address(logarithms)])
    }

    /// The gradients of queries, keys and values, to be launched in order; `deltas` has room for (heads, rows) numbers in
    /// single precision.
    public static func attendBackward(
        _ plan: AttentionPlan, tables: UInt64, places: UInt64, queries: UInt64, keysValues: UInt64,
        output: UInt64, logarithms: UInt64, dOutput: UInt64, dQueries: UInt64, dKeysValues: UInt64,
        deltas: UInt64
    ) -> [KernelLaunch] {
        let shared: [KernelArgument] = [
            .address(queries), .address(keysValues), .address(logarithms), .address(deltas),
            .address(dOutput),
        ]
        return [
            KernelLaunch(
                "attend_deltas", in: .attention,
                blocks: Geometry.pieces(plan.queryRows * plan.headCount, of: 8),
                threads: 256,
                [
                    .address(output), .address(dOutput), .int(plan.queryRows), .int(plan.headCount),
                    .int(plan.headSize), .address(deltas),
                ]),
            attention(
                "attend_backward_queries", plan, blocks: plan.queryTileCount * plan.headCount,
                sharedBytes: plan.tiles.queriesBytes(plan.headSize),
                plan.arguments(tables: tables, places: places, forKeys: false) + shared + [.address(dQueries)]
            ),
            attention(
                "attend_backward_keys", plan, blocks: plan.keyTileCount * plan.keyHeadCount,
                threads: 256, sharedBytes: plan.tiles.keysBytes(plan.headSize),
                plan.arguments(tables: tables, places: places, forKeys: true) + shared + [
                    .address(dKeysValues)
                ]),
        ]
    }
}
