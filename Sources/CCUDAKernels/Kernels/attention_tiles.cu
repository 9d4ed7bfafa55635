// Attention with tensor cores: tiles of queries times tiles of keys, softmax in one pass (after Milakov and Gimelshein 2018,
// Dao 2023). Scores stay in registers; no matrix of queries by keys is ever in memory.
//
// A warp has 16 · parts rows of a product's left side and of its result. Of 8 columns of each 16 rows, a lane has columns 2 t
// and 2 t + 1 in rows g and g + 8, with g = lane / 4 and t = lane % 4. The result of one product has the layout that the left
// side of the next is read in, 16 columns at a time.

/// Rows of bfloat16 in shared memory, as wide as a head: a multiple of 64. A row's pieces of 16 bytes are permuted, so that
/// eight rows' pieces in one column lie in different banks. It begins at a multiple of 128 bytes.
///
/// A lane reads rows whose numbers all have one remainder by 8, so that its permutation is fixed: the address of any piece is
/// that of its first one with some bits flipped, plus a constant.
template <int size> struct Tile {
    static constexpr int pieces = size / 8;
    static constexpr int row_bytes = size * 2;
    SharedAddress base;

    /// Begins to copy `rows` rows with a block of `threads`; of the rows, `count` exist, and the others become zeros.
    template <int rows, int threads> DEVICE void copy(const bf16 *source, int width, int count) const {
        constexpr int step = threads / pieces;
        static_assert(threads % pieces == 0 && rows % step == 0, "each thread has one column of pieces");
        const int piece = threadIdx.x % pieces;
        const int first = threadIdx.x / pieces;
        source += static_cast<u64>(first) * width + piece * 8;
#pragma unroll
        for (int row = 0; row < rows; row += step) {
            copy_async(base + (first + row) * row_bytes + (piece ^ ((first + row) & 7)) * 16, source, first + row < count);
            source += static_cast<u64>(step) * width;
        }
    }

    /// Where a lane begins to read.
    DEVICE SharedAddress lane_place(int row, int piece) const { return base + row * row_bytes + (piece ^ (row & 7)) * 16; }
    /// The place `pair` pairs of pieces further on in the row.
    static DEVICE SharedAddress moved(SharedAddress place, int pair) { return (place ^ (pair % 4 * 32)) + pair / 4 * 128; }

    /// The left side of a product from 16 rows on: its lane's place. A step is 16 columns.
    DEVICE SharedAddress left(int row) const {
        const int lane = threadIdx.x % 32;
        return lane_place(row + lane % 16, lane / 16);
    }
    /// The right side of a product with the transpose: two blocks of 8 rows, which are columns of the result.
    DEVICE SharedAddress right_transposed() const {
        const int lane = threadIdx.x % 32;
        return lane_place(lane / 16 * 8 + lane % 8, lane / 8 % 2);
    }
    /// The right side of a product: 16 rows, two blocks of 8 columns.
    DEVICE SharedAddress right() const { return left(0); }
};

/// Results of a warp: `parts` times 16 rows of 8 · blocks columns.
template <int parts, int blocks> struct Fragments {
    float numbers[parts][blocks][4];

    DEVICE void clear() {
#pragma unroll
        for (int part = 0; part < parts; part++)
#pragma unroll
            for (int block = 0; block < blocks; block++)
#pragma unroll
                for (int index = 0; index < 4; index++) numbers[part][block][index] = 0;
    }

    /// += left[rows from `row` on] · right[:, 8 · blocks rows]ᵀ, both as wide as a head.
    template <int size> DEVICE void add_transposed(const Tile<size> &left, int row, const Tile<size> &right) {
        typedef Tile<size> Side;
        const SharedAddress left_place = left.left(row);
        const SharedAddress right_place = right.right_transposed();
#pragma unroll
        for (int step = 0; step < size / 16; step++) {
            unsigned int a[parts][4];
#pragma unroll
            for (int part = 0; part < parts; part++)
                load_tiles(a[part], Side::moved(left_place, step) + 16 * part * Side::row_bytes);
#pragma unroll
            for (int pair = 0; pair < blocks / 2; pair++) {
                unsigned int b[4];
                load_tiles(b, Side::moved(right_place, step) + 16 * pair * Side::row_bytes);
#pragma unroll
                for (int part = 0; part < parts; part++) {
                    multiply_tiles(numbers[part][2 * pair], a[part], b[0], b[1]);
                    multiply_tiles(numbers[part][2 * pair + 1], a[part], b[2], b[3]);
                }
            }
        }
    }

    /// += weights · right, whose rows are the columns of the weights.
    template <int size, int inner>
    DEVICE void add(const unsigned int (&weights)[parts][inner][2], const Tile<size> &right) {
        const SharedAddress right_place = right.right();
#pragma unroll
        for (int step = 0; step < inner / 2; step++) {
#pragma unroll
            for (int pair = 0; pair < blocks / 2; pair++) {
                unsigned int b[4];
                load_transposed_tiles(b, Tile<size>::moved(right_place, pair) + 16 * step * Tile<size>::row_bytes);
#pragma unroll
                for (int part = 0; part < parts; part++) {
                    const unsigned int a[4] = {weights[part][2 * step][0], weights[part][2 * step][1],
                                               weights[part][2 * step + 1][0], weights[part][2 * step + 1][1]};
                    multiply_tiles(numbers[part][2 * pair], a, b[0], b[1]);
                    multiply_tiles(numbers[part][2 * pair + 1], a, b[2], b[3]);
                }
            }
        }
    }

    /// Rounded, as the left side of a product.
    DEVICE void round(unsigned int (&rounded)[parts][blocks][2]) const {
#pragma unroll
        for (int part = 0; part < parts; part++)
#pragma unroll
            for (int block = 0; block < blocks; block++)
#pragma unroll
                for (int half = 0; half < 2; half++)
                    rounded[part][block][half] =
                        packed_bfloat16(numbers[part][block][2 * half], numbers[part][block][2 * half + 1]);
    }

    /// Writes the rows that exist, times a factor each.
    DEVICE void write(bf16 *target, int width, int row, int count, const float (&factors)[parts][2]) const {
        const int lane = threadIdx.x % 32;
#pragma unroll
        for (int part = 0; part < parts; part++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                const int own = row + 16 * part + 8 * half + lane / 4;
                if (own >= count) continue;
                bf16 *place = target + static_cast<u64>(own) * width + lane % 4 * 2;
#pragma unroll
                for (int block = 0; block < blocks; block++)
                    *reinterpret_cast<unsigned int *>(place + 8 * block) =
                        packed_bfloat16(numbers[part][block][2 * half] * factors[part][half],
                                        numbers[part][block][2 * half + 1] * factors[part][half]);
            }
    }
};

#define LOG2_E 1.442695041f
#define LN_2 0.6931471806f

/// What scores are multiplied by to be exponents of 2, after the cap if there is one.
DEVICE float exponent_factor(const Attention &by) { return by.cap == 0 ? by.scale * LOG2_E : by.cap * LOG2_E; }

/// A block has a tile of 16 · parts · warps queries of a head.
template <int size, int parts, int warps, int key_count>
DEVICE void attend(const Attention &by, const bf16 *queries, const bf16 *keys_values, bf16 *output, float *logarithms) {
    constexpr int rows = 16 * parts * warps;
    constexpr int blocks = key_count / 8;
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
    const Tile<size> key_tile = {base + rows * Tile<size>::row_bytes};
    const Tile<size> value_tile = {base + (rows + key_count) * Tile<size>::row_bytes};
    const int lane = threadIdx.x % 32;
    const int own = threadIdx.x / 32 * 16 * parts;
    int own_places[parts][2];
    float maxima[parts][2], sums[parts][2];
#pragma unroll
    for (int part = 0; part < parts; part++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = own + 16 * part + 8 * half + lane / 4;
            own_places[part][half] = row < count ? places[row] : -1;
            maxima[part][half] = -INFINITE;
            sums[part][half] = 0;
        }
    Fragments<parts, size / 8> results;
    results.clear();
    const float factor = exponent_factor(by);
    const float inner = by.cap == 0 ? 0 : by.scale / by.cap;

    int key = by.first_key(lowest);
    query_tile.template copy<rows, 32 * warps>(queries + at, by.query_width(), count);
    key_tile.template copy<key_count, 32 * warps>(keys + static_cast<u64>(key) * width, width, highest + 1 - key);
    commit_copies();
    for (; key <= highest; key += key_count) {
        wait_for_copies<0>();
        __syncthreads();
        // The values come while the scores are computed, and the next keys while the values are used.
        value_tile.template copy<key_count, 32 * warps>(values + static_cast<u64>(key) * width, width, highest + 1 - key);
        commit_copies();
        Fragments<parts, blocks> scores;
        scores.clear();
        scores.add_transposed(query_tile, own, key_tile);
        wait_for_copies<0>();
        __syncthreads();
        if (key + key_count <= highest) {
            key_tile.template copy<key_count, 32 * warps>(keys + static_cast<u64>(key + key_count) * width, width,
                                              highest + 1 - key - key_count);
            commit_copies();
        }
        if (by.cap != 0) {
#pragma unroll
            for (int part = 0; part < parts; part++)
#pragma unroll
                for (int block = 0; block < blocks; block++)
#pragma unroll
                    for (int index = 0; index < 4; index++)
                        scores.numbers[part][block][index] = tangent(scores.numbers[part][block][index] * inner);
        }
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
                            scores.numbers[part][block][index] = -INFINITE;
                    }
        }
#pragma unroll
        for (int part = 0; part < parts; part++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float largest = maxima[part][half];
#pragma unroll
                for (int block = 0; block < blocks; block++)
#pragma unroll
                    for (int index = 0; index < 2; index++)
                        largest = fmaxf(largest, scores.numbers[part][block][2 * half + index]);
                largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFFu, largest, 1));
                largest = fmaxf(largest, __shfl_xor_sync(0xFFFFFFFFu, largest, 2));
                // A row that sees no key yet has −∞ everywhere.
                const float shift = largest == -INFINITE ? 0 : largest * factor;
                const float shrink = power_of_two(maxima[part][half] * factor - shift);
                maxima[part][half] = largest;
                float sum = 0;
#pragma unroll
                for (int block = 0; block < blocks; block++)
#pragma unroll
                    for (int index = 0; index < 2; index++) {
                        float &score = scores.numbers[part][block][2 * half + index];
                        score = power_of_two(score * factor - shift);
                        sum += score;
                    }
                sums[part][half] = sums[part][half] * shrink + sum;
#pragma unroll
                for (int block = 0; block < size / 8; block++)
#pragma unroll
                    for (int index = 0; index < 2; index++) results.numbers[part][block][2 * half + index] *= shrink;
            }
        unsigned int weights[parts][blocks][2];
        scores.round(weights);
        results.add(weights, value_tile);
    }
    float factors[parts][2];
#pragma unroll
    for (int part = 0; part < parts; part++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float sum = sums[part][half];
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
            sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 2);
            factors[part][half] = 1 / sum;
            const int row = own + 16 * part + 8 * half + lane / 4;
            if (lane % 4 == 0 && row < count)
                logarithms[static_cast<u64>(head) * by.query_rows + span[0] + first + row] =
                    maxima[part][half] * factor * LN_2 + logf(sum);
        }
    results.write(output + at, by.query_width(), own, count, factors);
}
