#include "Fiber.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__x86_64__)
// Saves the registers that a callee must preserve on the old stack, and takes them from the new one.
asm(R"(
.text
.globl sluice_host_switch
.type sluice_host_switch, @function
sluice_host_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size sluice_host_switch, . - sluice_host_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl sluice_host_switch
.type sluice_host_switch, %function
sluice_host_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size sluice_host_switch, . - sluice_host_switch
)");
#else
#error "The host twin of the CUDA kernels switches stacks on x86-64 and on 64-bit Arm only."
#endif

extern "C" void sluice_host_switch(void **from, void *to);

namespace sluice_host {

void prepare(Fiber &fiber, void (*function)()) {
    if (!fiber.stack) {
        fiber.stack = std::aligned_alloc(64, fiberStackBytes);
        if (!fiber.stack) throw std::bad_alloc();
    }
    // The stack looks as if the function's first instruction had been interrupted by a switch.
    auto *top = reinterpret_cast<std::uint64_t *>(static_cast<char *>(fiber.stack) + fiberStackBytes);
#if defined(__x86_64__)
    // At a function's entry, the stack pointer is 8 above a multiple of 16: a return address has been pushed.
    *--top = 0;
    *--top = reinterpret_cast<std::uint64_t>(function);
    for (int index = 0; index < 6; index++) *--top = 0;
#else
    for (int index = 0; index < 20; index++) *--top = 0;
    top[11] = reinterpret_cast<std::uint64_t>(function);
#endif
    fiber.place = top;
}

void switchFibers(Fiber &from, Fiber &to) { sluice_host_switch(&from.place, to.place); }

}  // namespace sluice_host
