/* Types of every kind that the debugger shows. */
#ifndef SHAPES_H
#define SHAPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum run_state { STATE_OFF, STATE_READY = 4, STATE_RUNNING, STATE_FAILED = -1 };
enum flags { FLAG_A = 1, FLAG_B = 2, FLAG_C = 0x40 };

struct list { struct list *next, *prev; };

struct bits {
    u32 level : 3;
    int delta : 5;
    u32 vmid : 8;
    u64 base : 40;
    u8 last : 1;
};

union word { u32 whole; u16 half[2]; u8 byte[4]; };

struct vcpu;
typedef int (*exit_handler)(struct vcpu *vcpu, u32 hsr, ...);

struct vcpu {
    int id;
    enum run_state state;
    u32 regs[15];
    char name[12];
    u64 elr;
    struct bits bits;
    union word word;
    struct { u32 inner_a; union { u32 either; u16 other; }; };
    exit_handler handler;
    struct vcpu *next;
    const char *label;
    volatile u32 *const mmio;
    u16 matrix[2][3];
    struct list node;
    _Bool online;
    float ratio;
    double precise;
    signed char temperature;
    u32 tail[];
};

extern struct vcpu boot_vcpu;
extern u32 exit_count;
extern const char *const names[3];
int handle_exit(struct vcpu *vcpu, u32 hsr, ...);

static inline u32 class_of(u32 hsr)
{
    u32 ec = hsr >> 26;
    return ec;
}

#endif
