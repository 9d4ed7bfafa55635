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

// The bytes of the kinds that text is split by: ASCII letters and digits, spaces, white space (with spaces and newlines), newlines,
// apostrophes, and what is not ASCII.
struct byte_kinds {
    uint64_t letters, digits, spaces, white_space, newlines, apostrophes, others;
};

__attribute__((always_inline)) static inline void find_kinds(const void *text, struct byte_kinds *kinds) {
    sixty_four_bytes bytes = *(const sixty_four_bytes *)text;
    kinds->letters = BITS_OF((bytes | 0x20) - 'a' <= (uint8_t)('z' - 'a'));
    kinds->digits = BITS_OF(bytes - '0' <= (uint8_t)9);
    kinds->spaces = BITS_OF(bytes == ' ');
    kinds->white_space = kinds->spaces | BITS_OF(bytes - '\t' <= (uint8_t)('\r' - '\t'));
    kinds->newlines = BITS_OF(bytes == '\n') | BITS_OF(bytes == '\r');
    kinds->apostrophes = BITS_OF(bytes == '\'');
    kinds->others = BITS_OF(bytes >= 0x80);
}

// How many bytes there are before the first that is not below a byte, or in all if there is none.
__attribute__((always_inline)) static inline long count_below(const uint8_t *text, long count, uint8_t byte) {
    long done = 0;
    for (; done + 64 <= count; done += 64) {
        uint64_t found = BITS_OF(*(const sixty_four_bytes *)(text + done) >= byte);
        if (found) return done + __builtin_ctzll(found);
    }
    if (count >= 64 && done < count) {
        // The last 64, of which some were looked at.
        uint64_t found = BITS_OF(*(const sixty_four_bytes *)(text + count - 64) >= byte);
        return found ? count - 64 + __builtin_ctzll(found) : count;
    }
    while (done < count && text[done] < byte) ++done;
    return done;
}

#ifdef __x86_64__
// The same with instructions that not every processor has.
static inline bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }
static inline bool has_avx512(void) {
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
__attribute__((noinline, target("avx2"))) static void find_kinds_avx2(const void *text, struct byte_kinds *kinds) {
    find_kinds(text, kinds);
}
__attribute__((noinline, target("avx512bw,avx512vl"))) static void find_kinds_avx512(
    const void *text, struct byte_kinds *kinds) {
    find_kinds(text, kinds);
}
__attribute__((noinline, target("avx2"))) static long count_below_avx2(const uint8_t *text, long count, uint8_t byte) {
    return count_below(text, count, byte);
}
__attribute__((noinline, target("avx512bw,avx512vl"))) static long count_below_avx512(
    const uint8_t *text, long count, uint8_t byte) {
    return count_below(text, count, byte);
}
#endif

// There must be as many bytes as are said.
static inline long first_not_below(const void *text, long count, uint8_t byte) {
#ifdef __x86_64__
    if (has_avx512()) return count_below_avx512((const uint8_t *)text, count, byte);
    if (has_avx2()) return count_below_avx2((const uint8_t *)text, count, byte);
#endif
    return count_below((const uint8_t *)text, count, byte);
}

static inline struct byte_kinds kinds_of_bytes(const void *text) {
    struct byte_kinds kinds;
#ifdef __x86_64__
    if (has_avx512()) {
        find_kinds_avx512(text, &kinds);
        return kinds;
    }
    if (has_avx2()) {
        find_kinds_avx2(text, &kinds);
        return kinds;
    }
#endif
    find_kinds(text, &kinds);
    return kinds;
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

// Sixteen bytes of a line of which several threads read while one at a time writes: a line has two keys, and behind them what belongs to
// either. A key whose upper half is 0 is none. A key is written once, its upper half last, and what belongs to it before that.

struct integer_pair {
    uint64_t low, high;
};

static inline struct integer_pair shared_pair(const void *address) {
    const struct integer_pair *pair = (const struct integer_pair *)address;
    struct integer_pair value;
    value.high = __atomic_load_n(&pair->high, __ATOMIC_ACQUIRE);
    value.low = __atomic_load_n(&pair->low, __ATOMIC_RELAXED);
    return value;
}

static inline void share_pair(void *address, uint64_t low, uint64_t high) {
    struct integer_pair *pair = (struct integer_pair *)address;
    __atomic_store_n(&pair->low, low, __ATOMIC_RELAXED);
    __atomic_store_n(&pair->high, high, __ATOMIC_RELEASE);
}

// Copies what belongs to keys one behind the other, up to the first one that is not in its line; returns that one's index, or `count`.
// The upper four bits of the first 32 say how many of the four integers of 32 bits belong to a key, and are not copied; behind
// these, some of `output` is overwritten. `places`: the indices of the pairs that the lines begin with; `mask`: of the last line's.
// There must be four integers of room for every key, and `*written` more.
__attribute__((noinline, unused)) static long copy_found(
    const void *keys, const uint32_t *places, long first, long count, const void *lines, uint64_t mask,
    uint32_t *output, long *written) {
    const struct integer_pair *wanted = (const struct integer_pair *)keys;
    uint32_t *next = output + *written;
    long index = first;
    for (; index < count; ++index) {
        const struct integer_pair *line = (const struct integer_pair *)lines + (places[index] & mask);
        struct integer_pair one = shared_pair(line), other = shared_pair(line + 1), key = wanted[index];
        // A choice by arithmetic, as no branch could be foreseen.
        bool is_one = ((one.low ^ key.low) | (one.high ^ key.high)) == 0;
        bool is_other = ((other.low ^ key.low) | (other.high ^ key.high)) == 0;
        if (__builtin_expect(!(is_one | is_other), 0)) break;
        struct integer_pair found = shared_pair(line + 3 - is_one);
        uint64_t ids[2] = {found.low & ~0xF0000000ull, found.high};
        __builtin_memcpy(next, ids, 16);
        next += found.low >> 28 & 0xF;
    }
    *written = next - output;
    return index;
}
