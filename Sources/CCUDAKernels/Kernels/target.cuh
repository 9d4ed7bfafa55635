// What kernels need of a GPU beyond CUDA C++ itself. The host has a header of its own with the same names, so that every
// other line of a kernel is compiled for both.

#define KERNEL extern "C" __global__ void
#define DEVICE __device__ __forceinline__
/// Shared memory whose size the launch sets.
#define SHARED_BYTES(name) extern __shared__ __align__(128) unsigned char name[]

/// The two nearest bfloat16 numbers, `low` in the lower half.
DEVICE unsigned int packed_bfloat16(float low, float high) {
    unsigned int result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
    return result;
}

/// 2ˣ, to about two units in the last place; 0 for −∞.
DEVICE float power_of_two(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

/// About 1 / x.
DEVICE float reciprocal(float x) {
    float result;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

/// The address of a byte of shared memory, as instructions for tiles take it.
typedef unsigned int SharedAddress;
DEVICE SharedAddress shared_address(const void *place) {
    return static_cast<SharedAddress>(__cvta_generic_to_shared(place));
}

/// Begins to copy 16 bytes to shared memory, or zeros if `exists` is false.
DEVICE void copy_async(SharedAddress target, const void *source, bool exists) {
    const int bytes = exists ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(target), "l"(source), "r"(bytes) : "memory");
}

/// Ends a group of copies.
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/// Waits for all but the last `pending` groups of this thread's copies.
template <int pending> DEVICE void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

/// Four 8 × 8 tiles of 16-bit numbers from shared memory. Lane 8 i + j has the address of row j of tile i; afterwards, it
/// has numbers 2 t and 2 t + 1 of row g of each tile, where g = lane / 4 and t = lane % 4.
DEVICE void load_tiles(unsigned int (&tiles)[4], SharedAddress row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(tiles[0]), "=r"(tiles[1]), "=r"(tiles[2]), "=r"(tiles[3])
                 : "r"(row)
                 : "memory");
}

/// The same of the tiles' transposes.
DEVICE void load_transposed_tiles(unsigned int (&tiles)[4], SharedAddress row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(tiles[0]), "=r"(tiles[1]), "=r"(tiles[2]), "=r"(tiles[3])
                 : "r"(row)
                 : "memory");
}

/// c += a · b, where a is 16 × 16 and b 16 × 8, both bfloat16, and c is 16 × 8 in single precision (m16n8k16).
DEVICE void multiply_tiles(float (&c)[4], const unsigned int (&a)[4], unsigned int b0, unsigned int b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
