// Soft caps and cross entropy.

KERNEL cap_f32(float *logits, float cap, u64 count) {
    const float inverse = 1 / cap;
    each_element<1>(count, [&](u64 index) { logits[index] = cap * tanhf(logits[index] * inverse); });
}

/// The targets of rows: those of row r have indices starts[r] ..< starts[r + 1] in `classes` and `probabilities`, and its
/// smoothing, temperature and weight are three of `factors`.
struct Targets {
    const int *starts, *classes;
    const double *probabilities, *factors;
};

/// The loss of a row, −Σ q log softmax(z / T), and the gradient of weight · loss with respect to the logits before the cap:
/// (softmax(z / T) Σ q − q) / T. It may overwrite the logits. A block has a row; `saved` has room for a row's targets.
template <class Number>
DEVICE void cross_entropy(const float *logits, int count, float inverse_cap, Targets targets, double *losses,
                          Number *gradients, float *saved) {
    const int row = blockIdx.x;
    const int first = targets.starts[row];
    const int targetCount = targets.starts[row + 1] - first;
    const int *classes = targets.classes + first;
    const double *probabilities = targets.probabilities + first;
    const double smoothing = targets.factors[3 * row];
    const double weight = targets.factors[3 * row + 2];
    const float inverse = static_cast<float>(1 / targets.factors[3 * row + 1]);
    logits += static_cast<u64>(row) * count;
    gradients += static_cast<u64>(row) * count;

    float highest = logits[0];
    each_column<1>(count, [&](int index) { highest = fmaxf(highest, logits[index]); });
    highest = block_maximum(highest);
    // A thread's numbers are few, and their sums go into sums in double precision.
    float part = 0, part_total = 0;
    each_column<1>(count, [&](int index) {
        part += expf((logits[index] - highest) * inverse);
        part_total += logits[index];
    });
    const double sum = block_sum(static_cast<double>(part));
    const double total = block_sum(static_cast<double>(part_total));

    double mass = smoothing;
    for (int index = 0; index < targetCount; index++) mass += probabilities[index];
    for (int index = threadIdx.x; index < targetCount; index += blockDim.x) saved[index] = logits[classes[index]];
    // What follows may overwrite the logits.
    __syncthreads();
    if (threadIdx.x == 0) {
        double loss = mass * (log(sum) + static_cast<double>(highest * inverse)) -
                      smoothing * total * static_cast<double>(inverse) / count;
        for (int index = 0; index < targetCount; index++)
            loss -= probabilities[index] * static_cast<double>(saved[index] * inverse);
        losses[row] = loss;
    }
    const float factor = static_cast<float>(weight * mass / sum) * inverse;
    const float even = static_cast<float>(weight * smoothing / count) * inverse;
    auto slope = [&](float logit) { return 1 - (logit * inverse_cap) * (logit * inverse_cap); };
    auto gradient = [&](float logit) { return factor * expf((logit - highest) * inverse) - even; };
    each_column<1>(count, [&](int index) {
        const float logit = logits[index];
        assign(gradients + index, gradient(logit) * slope(logit));
    });
    __syncthreads();
    for (int index = threadIdx.x; index < targetCount; index += blockDim.x) {
        // A class may be a target more than once; all its threads then write the same number.
        float result = gradient(saved[index]);
        for (int other = 0; other < targetCount; other++)
            if (classes[other] == classes[index])
                result -= static_cast<float>(weight * probabilities[other]) * inverse;
        assign(gradients + classes[index], result * slope(saved[index]));
    }
}

#define DEFINE_FORMAT(name, Number) \
    KERNEL cross_entropy_##name(const float *logits, int count, float inverse_cap, const int *starts, const int *classes, \
                                const double *probabilities, const double *factors, double *losses, Number *gradients) { \
        SHARED_BYTES(memory); \
        cross_entropy(logits, count, inverse_cap, Targets{starts, classes, probabilities, factors}, losses, gradients, \
                      reinterpret_cast<float *>(memory)); \
    }
EACH_FORMAT(DEFINE_FORMAT)
#undef DEFINE_FORMAT
