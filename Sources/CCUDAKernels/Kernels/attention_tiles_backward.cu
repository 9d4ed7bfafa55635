// The backward pass of attention with tensor cores. Each gradient has one writer, so there are two kernels, which both compute
// the weights again: one goes over keys for each tile of queries, the other over queries for each tile of keys.

/// A score's weight, and the weight times the derivative of the cap. `logarithm` is that of the softmax denominator, times
/// log₂ e.
DEVICE void weigh(const Attention &by, float factor, float inner, float score, float logarithm, float &weight,
                  float &sloped) {
    if (by.cap == 0) {
        weight = power_of_two(score * factor - logarithm);
        sloped = weight;
    } else {
        const float curve = tangent(score * inner);
        weight = power_of_two(curve * factor - logarithm);
        sloped = weight * (1 - curve * curve);
    }
}

/// The gradients of 16 · parts · warps queries of a head.
template <int size, int parts, int warps, int key_count>
DEVICE void attend_backward_queries(const Attention &by, const bf16 *queries, const bf16 *keys_values,
                                    const float *logarithms, const float *deltas, const bf16 *d_output, bf16 *d_queries) {
    constexpr int rows = 16 * parts * warps;
    constexpr int blocks = key_count / 8;
    constexpr int row_bytes = Tile<size>::row_bytes;
    SHARED_BYTES(memory);
    const int *tile = by.tiles + 2 * (blockIdx.x / by.heads);
    const int *span = by.spans + 4 * tile[0];
    const int head = blockIdx.x % by.heads;
    const int first = tile[1];
    const int count = min(rows, span[1] - first);
    const int *places = by.places + span[0] + first;
    const int lowest = places[0];
    const int highest = places[count - 1];
    const int width = 2 * by.key_width();
    const bf16 *keys = keys_values + static_cast<u64>(span[2]) * width + static_cast<u64>(head / by.group) * size;
    const bf16 *values = keys + by.key_width();
    const u64 at = static_cast<u64>(span[0] + first) * by.query_width() + static_cast<u64>(head) * size;

    const SharedAddress base = shared_address(memory);
    const Tile<size> query_tile = {base};
    const Tile<size> above_tile = {base + rows * row_bytes};
    const Tile<size> value_tile = {base + 2 * rows * row_bytes};
    // Two tiles of keys take turns: the next one comes while this one is used.
    Tile<size> key_tile = {base + (2 * rows + key_count) * row_bytes};
    Tile<size> next_key_tile = {base + (2 * rows + 2 * key_count) * row_bytes};
    const int lane = threadIdx.x % 32;
    const int own = threadIdx.x / 32 * 16 * parts;
    int own_places[parts][2];
    float own_logarithms[parts][2], own_deltas[parts][2], factors[parts][2];
#pragma unroll
    for (int part = 0; part < parts; part++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = own + 16 * part + 8 * half + lane / 4;
            const u64 index = static_cast<u64>(head) * by.query_rows + span[0] + first + row;
            own_places[part][half] = row < count ? places[row] : -1;
            own_logarithms[part][half] = row < count ? logarithms[index] * LOG2_E : 0;
            own_deltas[part][half] = row < count ? deltas[index] : 0;
            factors[part][half] = by.scale;
        }
    Fragments<parts, size / 8> results;
    results.clear();
    const float factor = exponent_factor(by);
    const float inner = by.cap == 0 ? 0 : by.scale / by.cap;

    int key = by.first_key(lowest);
    query_tile.template copy<rows, 32 * warps>(queries + at, by.query_width(), count);
    above_tile.template copy<rows, 32 * warps>(d_output + at, by.query_width(), count);
    key_tile.template copy<key_count, 32 * warps>(keys + static_cast<u64>(key) * width, width, highest + 1 - key);
    commit_copies();
    for (; key <= highest; key += key_count) {
        wait_for_copies<0>();
        __syncthreads();
        value_tile.template copy<key_count, 32 * warps>(values + static_cast<u64>(key) * width, width, highest + 1 - key);
        commit_copies();
        Fragments<parts, blocks> scores, slopes;
        scores.clear();
        scores.add_transposed(query_tile, own, key_tile);
        wait_for_copies<0>();
        __syncthreads();
        if (key + key_count <= highest) {
            next_key_tile.template copy<key_count, 32 * warps>(keys + static_cast<u64>(key + key_count) * width, width,
                                                   highest + 1 - key - key_count);
            commit_copies();
        }
        slopes.clear();
        slopes.add_transposed(above_tile, own, value_tile);
#pragma unroll
        for (int part = 0; part < parts; part++)
#pragma unroll
            for (int block = 0; block < blocks; block++)
#pragma unroll
                for (int index = 0; index < 4; index++) {
                    float weight, sloped;
                    weigh(by, factor, inner, scores.numbers[part][block][index], own_logarithms[part][index / 2], weight,
                          sloped);
                    slopes.numbers[part][block][index] =
                        sloped * (slopes.numbers[part][block][index] - own_deltas[part][index / 2]);
                }
        // Only some tiles have keys that some queries do not attend to.
        if (key + key_count - 1 > lowest || (by.window > 0 && key <= highest - by.window)) {
#pragma unroll
            for (int part = 0; part < parts; part++)
#pragma unroll
                for (int block = 0; block < blocks; block++)
#pragma unroll
                    for (int index = 0; index < 4; index++) {
                        const int column = key + 8 * block + lane % 4 * 2 + index % 2;
                        const int place = own_places[part][index / 2];
                        if (column > place || (by.window > 0 && column <= place - by.window))
                            slopes.numbers[part][block][index] = 0;
                    }
        }
        unsigned int rounded[parts][blocks][2];
        slopes.round(rounded);
        results.add(rounded, key_tile);
        const Tile<size> used = key_tile;
        key_tile = next_key_tile;
        next_key_tile = used;
    }
    results.write(d_queries + at, by.query_width(), own, count, factors);
}

/// The first of `count` ascending places that is not below `place`.
DEVICE int first_query(const int *places, int count, int place) {
    int low = 0, high = count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (places[middle] < place) low = middle + 1;
        else high = middle;
    }
    return low;
}

/// The gradients of 16 · parts · warps keys and of their values: sums over the queries of a group of heads. Scores are
/// transposed here: a row per key.
///
/// Keys and values have `warps` warps each. While those of the values compute the weights, those of the keys compute the
/// weights' gradients; then they get the weights, and both add their products to their sums. So nothing is computed twice,
/// and no warp needs registers for both sums.
template <int size, int parts, int warps, int query_count>
DEVICE void attend_backward_keys(const Attention &by, const bf16 *queries, const bf16 *keys_values, const float *logarithms,
                                 const float *deltas, const bf16 *d_output, bf16 *d_keys_values) {
    constexpr int rows = 16 * parts * warps;
    constexpr int blocks = query_count / 8;
    constexpr int row_bytes = Tile<size>::row_bytes;
    SHARED_BYTES(memory);
    const int key_heads = by.heads / by.group;
    const int *tile = by.tiles + 2 * (blockIdx.x / key_heads);
    const int *span = by.spans + 4 * tile[0];
    const int key_head = blockIdx.x % key_heads;
    const int first = tile[1];
    const int count = min(rows, span[3] - first);
    const int *places = by.places + span[0];
    const int width = 2 * by.key_width();
    const u64 at = static_cast<u64>(span[2] + first) * width + static_cast<u64>(key_head) * size;
    const int lane = threadIdx.x % 32;
    const int pair = threadIdx.x / 32 % warps;
    const bool has_keys = threadIdx.x / 32 >= warps;
    const int own = pair * 16 * parts;

    // Tiles of keys and values, two of queries and two of their outputs' gradients, which take turns; then what the two kinds
    // of warps exchange; then each query's place, logarithm and delta, which also take turns.
    const SharedAddress base = shared_address(memory);
    const Tile<size> own_tile = {base + (has_keys ? rows * row_bytes : 0)};
    float4 *weights_of_lane = reinterpret_cast<float4 *>(memory + (2 * rows + 4 * query_count) * row_bytes) +
                              pair * parts * blocks * 32 + lane;
    float *row_numbers = reinterpret_cast<float *>(memory + (2 * rows + 4 * query_count) * row_bytes) + rows * query_count;
    auto query_tile = [&](int turn) { return Tile<size>{base + (2 * rows + turn % 2 * query_count) * row_bytes}; };
    auto above_tile = [&](int turn) { return Tile<size>{base + (2 * rows + (2 + turn % 2) * query_count) * row_bytes}; };
    Fragments<parts, size / 8> sums;
    sums.clear();
    const float factor = exponent_factor(by);
    const float inner = by.cap == 0 ? 0 : by.scale / by.cap;

    // The queries that attend to any of the keys, in tiles, for each head of the group.
    const int begin = first_query(places, span[1], first);
    const int end = by.window > 0 ? first_query(places, span[1], first + count - 1 + by.window) : span[1];
    const int tiles = (end - begin + query_count - 1) / query_count;
    const int turns = tiles * by.group;
    auto copy = [&](int turn) {
        const int query = begin + turn % tiles * query_count;
        const u64 start = static_cast<u64>(span[0] + query) * by.query_width() +
                          (static_cast<u64>(key_head) * by.group + turn / tiles) * size;
        query_tile(turn).template copy<query_count, 64 * warps>(queries + start, by.query_width(), end - query);
        above_tile(turn).template copy<query_count, 64 * warps>(d_output + start, by.query_width(), end - query);
        commit_copies();
    };
    float place = 0, logarithm = 0, delta = 0;
    auto read = [&](int turn) {
        const int query = begin + turn % tiles * query_count + threadIdx.x;
        if (threadIdx.x >= query_count) return;
        const u64 row = (static_cast<u64>(key_head) * by.group + turn / tiles) * by.query_rows + span[0] + query;
        // Places are small enough to be exact. A query that does not exist sees no key.
        place = query < end ? static_cast<float>(places[query]) : -1;
        logarithm = query < end ? logarithms[row] * LOG2_E : 0;
        delta = query < end ? deltas[row] : 0;
    };
    auto keep = [&](int turn) {
        if (threadIdx.x >= query_count) return;
        float *numbers = row_numbers + turn % 2 * 3 * query_count + threadIdx.x;
        numbers[0] = place;
        numbers[query_count] = logarithm;
        numbers[2 * query_count] = delta;
    };
    Tile<size>{base}.template copy<rows, 64 * warps>(keys_values + at, width, count);
    Tile<size>{base + rows * row_bytes}.template copy<rows, 64 * warps>(keys_values + at + by.key_width(), width, count);
    if (turns > 0) {
        copy(0);
        read(0);
        keep(0);
    }
    for (int turn = 0; turn < turns; turn++) {
        wait_for_copies<0>();
        __syncthreads();
        if (turn + 1 < turns) {
            copy(turn + 1);
            read(turn + 1);
        }
        const Tile<size> compared = has_keys ? above_tile(turn) : query_tile(turn);
        const Tile<size> added = has_keys ? query_tile(turn) : above_tile(turn);
        const float *numbers = row_numbers + turn % 2 * 3 * query_count + lane % 4 * 2;
        // Whether all queries of the tile attend to all keys. The last one has a place below 0 if it does not exist.
        const float *tile_places = row_numbers + turn % 2 * 3 * query_count;
        const int last_place = static_cast<int>(tile_places[query_count - 1]);
        const bool is_whole = last_place >= 0 && static_cast<int>(tile_places[0]) >= first + rows - 1 &&
                              (by.window == 0 || first > last_place - by.window);
        Fragments<parts, blocks> scores;
        scores.clear();
        scores.add_transposed(own_tile, own, compared);
        if (!has_keys) {
#pragma unroll
            for (int part = 0; part < parts; part++)
#pragma unroll
                for (int block = 0; block < blocks; block++) {
                    float sloped[4];
#pragma unroll
                    for (int index = 0; index < 4; index++) {
                        float &score = scores.numbers[part][block][index];
                        weigh(by, factor, inner, score, numbers[query_count + 8 * block + index % 2], score, sloped[index]);
                        if (is_whole) continue;
                        const int query_place = static_cast<int>(numbers[8 * block + index % 2]);
                        const int key = first + own + 16 * part + 8 * (index / 2) + lane / 4;
                        if (key > query_place || (by.window > 0 && key <= query_place - by.window)) score = sloped[index] = 0;
                    }
                    weights_of_lane[(part * blocks + block) * 32] = make_float4(sloped[0], sloped[1], sloped[2], sloped[3]);
                }
        }
        __syncthreads();
        if (has_keys) {
#pragma unroll
            for (int part = 0; part < parts; part++)
#pragma unroll
                for (int block = 0; block < blocks; block++) {
                    const float4 weight = weights_of_lane[(part * blocks + block) * 32];
                    const float sloped[4] = {weight.x, weight.y, weight.z, weight.w};
#pragma unroll
                    for (int index = 0; index < 4; index++)
                        scores.numbers[part][block][index] =
                            sloped[index] *
                            (scores.numbers[part][block][index] - numbers[2 * query_count + 8 * block + index % 2]);
                }
        }
        unsigned int weights[parts][blocks][2];
        scores.round(weights);
        sums.add(weights, added);
        if (turn + 1 < turns) keep(turn + 1);
    }
    float factors[parts][2];
#pragma unroll
    for (int part = 0; part < parts; part++) factors[part][0] = factors[part][1] = has_keys ? by.scale : 1;
    sums.write(d_keys_values + at + (has_keys ? 0 : by.key_width()), width, own, count, factors);
}
