// What an attention layer is to its kernels.
//
// A span is a sequence: the first row of its queries, their number, the first row of its keys, and their number. A tile is a
// span's number and the first of some of its queries or keys, counted from the span's first. A query at place p among its
// span's keys attends to the keys at max(0, p − window + 1) ... p; places ascend within a span.

struct Attention {
    const int *spans, *tiles, *places;
    /// The number of query heads, and of those that share a key head.
    int heads, group;
    /// The width of a head.
    int size;
    float scale;
    /// 0: none.
    float cap;
    int window;
    int query_rows;

    DEVICE int query_width() const { return heads * size; }
    DEVICE int key_width() const { return heads / group * size; }
    DEVICE int first_key(int place) const { return window > 0 ? max(0, place - window + 1) : 0; }
    /// A score after the cap, and the derivative of the cap.
    DEVICE float capped(float score, float &slope) const {
        slope = 1;
        if (cap == 0) return score;
        const float curve = tanhf(score / cap);
        slope = 1 - curve * curve;
        return cap * curve;
    }
};

#define ATTENTION_PARAMETERS \
    const int *spans, const int *tiles, const int *places, int heads, int group, int head_size, float scale, float cap, \
        int window, int query_rows
#define ATTENTION Attention{spans, tiles, places, heads, group, head_size, scale, cap, window, query_rows}
