/*
 * Integer types and small helpers used by every program of this folder.
 *
 * Nothing here comes from a C library: the hypervisor, its host kernel, the VMM and the guests are
 * freestanding programs. The short names (u8 ... u64) are the kernel's own.
 */
#ifndef TYPES_H
#define TYPES_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u32 size_t;
typedef u32 uintptr_t;
typedef u32 bool;

#define true 1u
#define false 0u
#define NULL ((void *)0)

typedef __builtin_va_list va_list;
#define va_start __builtin_va_start
#define va_arg __builtin_va_arg
#define va_end __builtin_va_end

#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a) (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define BIT(n) (1u << (n))
#define BITS(value, high, low) (((value) >> (low)) & ((2u << ((high) - (low))) - 1))

/** Device register access: one access of exactly this size, never merged or dropped. */
static inline u32 read32(uintptr_t address)
{
    return *(volatile u32 *)address;
}

static inline void write32(uintptr_t address, u32 value)
{
    *(volatile u32 *)address = value;
}

static inline u8 read8(uintptr_t address)
{
    return *(volatile u8 *)address;
}

static inline void write8(uintptr_t address, u8 value)
{
    *(volatile u8 *)address = value;
}

#endif
