// Attention, plainly: a warp has a query or a key. The kernels of attention_tiles.cu do the same with tensor cores.

/// The columns of a head that one lane has: at most 16, so heads are at most 512 wide.
#define LANE_PARTS 16

/// A lane's columns of a head.
struct LaneColumns {
    float numbers[LANE_PARTS];

    DEVICE void clear() {
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) numbers[part] = 0;
    }
    DEVICE void read(const bf16 *head, int size) {
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) {
            const int column = threadIdx.x % 32 + 32 * part;
            numbers[part] = column < size ? number(head[column]) : 0;
        }
    }
    DEVICE void write(bf16 *head, int size, float scale) const {
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) {
            const int column = threadIdx.x % 32 + 32 * part;
            if (column < size) assign(head + column, numbers[part] * scale);
        }
    }
    DEVICE void multiply(float factor) {
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) numbers[part] *= factor;
    }
    DEVICE void add(float factor, const LaneColumns &other) {
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) numbers[part] += factor * other.numbers[part];
    }
    /// The scalar product of whole heads, for all lanes.
    DEVICE float dot(const LaneColumns &other) const {
        float sum = 0;
#pragma unroll
        for (int part = 0; part < LANE_PARTS; part++) sum += numbers[part] * other.numbers[part];
        return warp_sum(sum);
    }
};

/// Softmax of a query's scores times the values, in one pass over its keys.
DEVICE void attend(const Attention &by, const bf16 *queries, const bf16 *keys_values, bf16 *output, float *logarithms) {
    const int *tile = by.tiles + 2 * (blockIdx.x / by.heads);
    const int *span = by.spans + 4 * tile[0];
    const int head = blockIdx.x % by.heads;
    const int query = tile[1] + threadIdx.x / 32;
    if (query >= span[1]) return;
    const int row = span[0] + query;
    const u64 at = static_cast<u64>(row) * by.query_width() + static_cast<u64>(head) * by.size;
    const int width = 2 * by.key_width();
    const bf16 *keys = keys_values + static_cast<u64>(span[2]) * width + static_cast<u64>(head / by.group) * by.size;
    LaneColumns own, other, sums;
    own.read(queries + at, by.size);
    sums.clear();
    float highest = -1e30f, sum = 0, slope;
    const int place = by.places[row];
    for (int key = by.first_key(place); key <= place; key++) {
        other.read(keys + static_cast<u64>(key) * width, by.size);
        const float score = by.capped(own.dot(other) * by.scale, slope);
        const float next = fmaxf(highest, score);
        const float shrink = expf(highest - next);
        const float weight = expf(score - next);
        highest = next;
        sum = sum * shrink + weight;
        other.read(keys + static_cast<u64>(key) * width + by.key_width(), by.size);
        sums.multiply(shrink);
        sums.add(weight, other);
    }
    sums.write(output + at, by.size, 1 / sum);
    if (threadIdx.x % 32 == 0) logarithms[static_cast<u64>(head) * by.query_rows + row] = highest + logf(sum);
}

/// deltas = Σ output · dOutput, per head and row. A warp has a head of a row.
KERNEL attend_deltas(const bf16 *output, const bf16 *d_output, int rows, int heads, int size, float *deltas) {
    const u64 task = static_cast<u64>(blockIdx.x) * (blockDim.x / 32) + threadIdx.x / 32;
    if (task >= static_cast<u64>(rows) * heads) return;
    float sum = 0;
    for (int index = threadIdx.x % 32; index < size; index += 32)
        sum += number(output[task * size + index]) * number(d_output[task * size + index]);
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) deltas[task % heads * rows + task / heads] = sum;
}

/// The gradient of a query. With w = softmax(s): ds = w ∘ (dw − Σ w dw), and Σ w dw is the row's delta.
DEVICE void attend_backward_queries(const Attention &by, const bf16 *queries, const bf16 *keys_values,
                                    const float *logarithms, const float *deltas, const bf16 *d_output, bf16 *d_queries) {
    const int *tile = by.tiles + 2 * (blockIdx.x / by.heads);
    const int *span = by.spans + 4 * tile[0];
    const int head = blockIdx.x % by.heads;
    const int query = tile[1] + threadIdx.x / 32;
    if (query >= span[1]) return;
    const int row = span[0] + query;
    const u64 at = static_cast<u64>(row) * by.query_width() + static_cast<u64>(head) * by.size;
    const int width = 2 * by.key_width();
    const bf16 *keys = keys_values + static_cast<u64>(span[2]) * width + static_cast<u64>(head / by.group) * by.size;
    const float logarithm = logarithms[static_cast<u64>(head) * by.query_rows + row];
    const float delta = deltas[static_cast<u64>(head) * by.query_rows + row];
    LaneColumns own, above, key_columns, value_columns, sums;
    own.read(queries + at, by.size);
    above.read(d_output + at, by.size);
    sums.clear();
    const int place = by.places[row];
    for (int key = by.first_key(place); key <= place; key++) {
        key_columns.read(keys + static_cast<u64>(key) * width, by.size);
        value_columns.read(keys + static_cast<u64>(key) * width + by.key_width(), by.size);
        float slope;
        const float score = by.capped(own.dot(key_columns) * by.scale, slope);
        sums.add(expf(score - logarithm) * (above.dot(value_columns) - delta) * slope, key_columns);
    }
    sums.write(d_queries + at, by.size, by.scale);
}

/// The gradients of a key and a value, from all queries and heads that attend to them, in order.
DEVICE void attend_backward_keys(const Attention &by, const bf16 *queries, const bf16 *keys_values, const float *logarithms,
                                 const float *deltas, const bf16 *d_output, bf16 *d_keys_values) {
    const int key_heads = by.heads / by.group;
    const int *tile = by.tiles + 2 * (blockIdx.x / key_heads);
    const int *span = by.spans + 4 * tile[0];
    const int key_head = blockIdx.x % key_heads;
    const int key = tile[1] + threadIdx.x / 32;
    if (key >= span[3]) return;
    const u64 at = static_cast<u64>(span[2] + key) * 2 * by.key_width() + static_cast<u64>(key_head) * by.size;
    LaneColumns key_columns, value_columns, own, above, key_sums, value_sums;
    key_columns.read(keys_values + at, by.size);
    value_columns.read(keys_values + at + by.key_width(), by.size);
    key_sums.clear();
    value_sums.clear();
    for (int row = span[0]; row < span[0] + span[1]; row++) {
        const int place = by.places[row];
        if (key > place || key < by.first_key(place)) continue;
        for (int head = key_head * by.group; head < (key_head + 1) * by.group; head++) {
            const u64 start = static_cast<u64>(row) * by.query_width() + static_cast<u64>(head) * by.size;
            own.read(queries + start, by.size);
            above.read(d_output + start, by.size);
            float slope;
            const float score = by.capped(own.dot(key_columns) * by.scale, slope);
            const float weight = expf(score - logarithms[static_cast<u64>(head) * by.query_rows + row]);
            value_sums.add(weight, above);
            const float gap = above.dot(value_columns) - deltas[static_cast<u64>(head) * by.query_rows + row];
            key_sums.add(weight * gap * slope, own);
        }
    }
    key_sums.write(d_keys_values + at, by.size, by.scale);
    value_sums.write(d_keys_values + at + by.key_width(), by.size, 1);
}

KERNEL attend_plainly(ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values, bf16 *output, float *logarithms) {
    attend(ATTENTION, queries, keys_values, output, logarithms);
}

KERNEL attend_backward_queries_plainly(ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values,
                                       const float *logarithms, const float *deltas, const bf16 *d_output,
                                       bf16 *d_queries) {
    attend_backward_queries(ATTENTION, queries, keys_values, logarithms, deltas, d_output, d_queries);
}

KERNEL attend_backward_keys_plainly(ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values,
                                    const float *logarithms, const float *deltas, const bf16 *d_output,
                                    bf16 *d_keys_values) {
    attend_backward_keys(ATTENTION, queries, keys_values, logarithms, deltas, d_output, d_keys_values);
}
