#include "shapes.h"

u32 exit_count;
static int hidden = -7;
const char *const names[3] = { "off", "ready", "running" };
static volatile u32 uart_register;

struct vcpu boot_vcpu = {
    .id = 3,
    .state = STATE_RUNNING,
    .regs = { 0xc0008000, 1, 2, [14] = 0xdeadbeef },
    .name = "vcpu0",
    .elr = 0x123456789abcdef0ull,
    .bits = { .level = 5, .delta = -3, .vmid = 0xa5, .base = 0x8765432100ull, .last = 1 },
    .word = { .whole = 0x11223344 },
    .inner_a = 77,
    .either = 0x55aa,
    .handler = handle_exit,
    .next = &boot_vcpu,
    .label = "boot \"cpu\"\n",
    .mmio = &uart_register,
    .matrix = { { 1, 2, 3 }, { 4, 5, 6 } },
    .node = { &boot_vcpu.node, &boot_vcpu.node },
    .online = 1,
    .ratio = 1.5f,
    .precise = -0.1,
    .temperature = -40,
};
enum flags some_flags = FLAG_A | FLAG_C;

int handle_exit(struct vcpu *vcpu, u32 hsr, ...)
{
    u32 ec = class_of(hsr);
    int result = hidden;
    exit_count++;
    if (ec == 0x12) {
        u64 wide = vcpu->elr + ec;
        int result = (int)(wide >> 32);
        vcpu->regs[0] = result;
        for (int i = 0; i < 3; i++) {
            vcpu->regs[i] += (u32)names[i][0];
        }
        return result;
    }
    return result + (int)vcpu->regs[ec & 7];
}
