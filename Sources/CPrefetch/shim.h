#pragma once

// Asks the processor for a cache line that will be read soon. No address is wrong: nothing is accessed.
static inline void prefetch_line(const void *address) { __builtin_prefetch(address); }
