// AdamW, with optimizer state in full precision or in 8 bits, and norms of gradients. In each expression, the operations and
// their order are those of `MomentStep` of module Tensors, so that the results have the same bits.

/// partial[block] = Σ x², in double precision. The number of blocks is fixed, and so is the order.
KERNEL sum_of_squares(const float *x, u64 count, double *partial) {
    double sum = 0;
    each_element<1>(count, [&](u64 index) { sum += static_cast<double>(x[index]) * static_cast<double>(x[index]); });
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

/// result = Σ partial, or result += that. One block.
KERNEL sum_partial(const double *partial, int count, int adding, double *result) {
    double sum = 0;
    for (int index = threadIdx.x; index < count; index += blockDim.x) sum += partial[index];
    sum = block_sum(sum);
    if (threadIdx.x == 0) *result = adding ? *result + sum : sum;
}

/// Scales gradients whose norm exceeds a limit, as torch.nn.utils.clip_grad_norm_ does.
KERNEL clip_f32(float *gradients, u64 count, const double *squares, double limit) {
    const double norm = sqrt(*squares);
    if (!(norm > limit)) return;
    const float factor = static_cast<float>(limit / (norm + 1e-6));
    each_element<1>(count, [&](u64 index) { gradients[index] *= factor; });
}

struct MomentFactors {
    float beta1, beta2, rest1, rest2, kept, step_size, root_correction, epsilon;
};

/// Multiplications and additions are not fused, as on the processor.
DEVICE void move(float &parameter, float gradient, float &first, float &second, const MomentFactors &by) {
    first = __fadd_rn(__fmul_rn(by.beta1, first), __fmul_rn(by.rest1, gradient));
    second = __fadd_rn(__fmul_rn(by.beta2, second), __fmul_rn(__fmul_rn(by.rest2, gradient), gradient));
    const float root = __fadd_rn(__fdiv_rn(__fsqrt_rn(second), by.root_correction), by.epsilon);
    parameter = __fsub_rn(__fmul_rn(parameter, by.kept), __fdiv_rn(__fmul_rn(by.step_size, first), root));
}

KERNEL adamw(float *parameters, const float *gradients, float *firsts, float *seconds, u64 count, float beta1, float beta2,
             float rest1, float rest2, float kept, float step_size, float root_correction, float epsilon) {
    const MomentFactors by = {beta1, beta2, rest1, rest2, kept, step_size, root_correction, epsilon};
    each_element<1>(count, [&](u64 index) { move(parameters[index], gradients[index], firsts[index], seconds[index], by); });
}

/// The code of the nearest value of an ascending table of 256; the lower one if two are equally near.
DEVICE u8 nearest_code(const float *values, float value) {
    int low = 0, high = 255;
    while (low < high) {
        const int middle = (low + high) / 2;
        const float bound = __fmul_rn(__fadd_rn(values[middle], values[middle + 1]), 0.5f);
        if (bound < value) low = middle + 1;
        else high = middle;
    }
    return static_cast<u8>(low);
}

/// A block of 256 threads has a block of 256 moments, which share a scale.
KERNEL adamw8(float *parameters, const float *gradients, u8 *first_codes, float *first_scales, u8 *second_codes,
              float *second_scales, const float *signed_values, const float *unsigned_values, u64 count, float beta1,
              float beta2, float rest1, float rest2, float kept, float step_size, float root_correction, float epsilon) {
    __shared__ float signed_table[256], unsigned_table[256];
    const MomentFactors by = {beta1, beta2, rest1, rest2, kept, step_size, root_correction, epsilon};
    signed_table[threadIdx.x] = signed_values[threadIdx.x];
    unsigned_table[threadIdx.x] = unsigned_values[threadIdx.x];
    __syncthreads();
    const u64 index = static_cast<u64>(blockIdx.x) * 256 + threadIdx.x;
    float first = 0, second = 0;
    if (index < count) {
        first = __fmul_rn(signed_table[first_codes[index]], first_scales[blockIdx.x]);
        second = __fmul_rn(unsigned_table[second_codes[index]], second_scales[blockIdx.x]);
        move(parameters[index], gradients[index], first, second, by);
    }
    const float largest_first = block_maximum(fabsf(first));
    const float largest_second = block_maximum(second);
    if (threadIdx.x == 0) {
        first_scales[blockIdx.x] = largest_first;
        second_scales[blockIdx.x] = largest_second;
    }
    if (index >= count) return;
    // As in bitsandbytes: times the inverse, which is finite.
    const float first_inverse = __fdiv_rn(1.0f, fmaxf(largest_first, 1e-38f));
    const float second_inverse = __fdiv_rn(1.0f, fmaxf(largest_second, 1e-38f));
    first_codes[index] = nearest_code(signed_table, __fmul_rn(first, first_inverse));
    const u8 code = nearest_code(unsigned_table, __fmul_rn(second, second_inverse));
    // If a mean square became 0, the next step would divide by 0.
    second_codes[index] = code == 0 && second > 0 ? 1 : code;
}

/// Weights moved along their gradient, each within its box: clamp(w + rate g / (‖g‖ + 10⁻⁶) (‖w‖ + 10⁻⁶), w ± ε |w|); squares
/// are ‖g‖² and ‖w‖². Without a finite gradient they stay.
KERNEL perturb(const float *weights, const float *gradients, float *moved, u64 count, const double *squares, double rate,
               float epsilon) {
    const bool moves = squares[0] > 0 && squares[0] < INFINITE;
    const float factor = moves ? static_cast<float>(rate / (sqrt(squares[0]) + 1e-6) * (sqrt(squares[1]) + 1e-6)) : 0;
    each_element<1>(count, [&](u64 index) {
        const float weight = weights[index];
        if (!moves) {
            moved[index] = weight;
            return;
        }
        const float room = __fmul_rn(epsilon, fabsf(weight));
        const float target = __fadd_rn(weight, __fmul_rn(factor, gradients[index]));
        moved[index] = fminf(fmaxf(target, __fsub_rn(weight, room)), __fadd_rn(weight, room));
    });
}
