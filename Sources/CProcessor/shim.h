#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

// What processors do in an instruction or two, and Swift has no words for.

// Asks the processor for a cache line that will be read soon. No address is wrong: nothing is accessed.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }

// Asks for large pages where 2 MB or more that begin at a multiple of it are inside the given bytes.
static inline void advise_large_pages(void *start, long count) {
    const uintptr_t size = 1 << 21;
    uintptr_t first = ((uintptr_t)start + size - 1) & ~(size - 1);
    uintptr_t end = ((uintptr_t)start + (uintptr_t)count) & ~(size - 1);
    if (first < end) (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
}

// Which of 64 bytes have a property, a bit for each, the first byte's the lowest. The compiler uses the
// vectors that the processor has.

// Any 64 bytes, wherever they are.
typedef uint8_t sixty_four_bytes __attribute__((ext_vector_type(64), aligned(1), may_alias));
typedef bool sixty_four_bits __attribute__((ext_vector_type(64)));

// Nothing but 0 and -1 is converted.
#define BITS_OF(choices) \
    ({ \
        sixty_four_bits chosen = __builtin_convertvector(choices, sixty_four_bits); \
        uint64_t bits; \
        __builtin_memcpy(&bits, &chosen, 8); \
        bits; \
    })

// The bytes that are one byte. There must be 64 bytes, as everywhere here.
static inline uint64_t bytes_equal(const void *text, uint8_t byte) {
    return BITS_OF(*(const sixty_four_bytes *)text == byte);
}

// The bytes that are not less than one and not more than another.
static inline uint64_t bytes_within(const void *text, uint8_t first, uint8_t last) {
    return BITS_OF(*(const sixty_four_bytes *)text - first <= (uint8_t)(last - first));
}

// The bytes that are ASCII letters.
static inline uint64_t bytes_letters(const void *text) {
    sixty_four_bytes small = *(const sixty_four_bytes *)text | 0x20;
    return BITS_OF(small - 'a' <= (uint8_t)('z' - 'a'));
}

// The bits of the first `count` bytes of an integer, the lowest being first: all if there are more than eight bytes, none if there are
// less than one. The count is from -8 to 23.
static inline uint64_t first_bytes(long count) {
    static const uint64_t masks[32] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
        ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
        ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
    };
    // No count leads outside.
    return masks[(count + 8) & 31];
}
