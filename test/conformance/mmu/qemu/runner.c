/*
 * Walks a batch of translation set-ups; see README.md. Runs in Hyp with its MMU off or, built with SECURE, in Secure
 * SVC mode with the MMU on only while an operation is made.
 */
typedef unsigned int u32;

enum { SVC = 0x1d3, USR = 0x1d0 };

/* Words of a case; test/conformance/mmu/batch.ts has the same order. */
struct set_up {
    u32 sctlr, ttbcr, ttbr0[2], ttbr1[2], dacr, prrr, nmrr, contextidr;
    u32 hcr, vtcr, vttbr[2], hsctlr, htcr, httbr[2], hmair0, hmair1;
    u32 operations, scr, spare[2];
};
struct operation {
    u32 kind, va;
};
struct result {
    u32 vector, hsr, hdfar, hifar, hpfar, dfsr, dfar, ifsr, ifar, par[2], value;
};

#define COUNT (*(volatile u32 *)0x44000000)
#define CASES ((struct set_up *)0x44000100)
#define OPERATIONS ((struct operation *)0x45000000)
#define RESULTS ((struct result *)0x46000000)
#define DATA ((u32 *)0x7e000000)
#define DATA_WORDS 0x800000

#define WRITE(op1, n, m, op2, v) asm volatile("mcr p15, " #op1 ", %0, " #n ", " #m ", " #op2 ::"r"(v) : "memory")
#define READ(op1, n, m, op2, v) asm volatile("mrc p15, " #op1 ", %0, " #n ", " #m ", " #op2 : "=r"(v)::"memory")
#define WRITE64(op1, m, v) asm volatile("mcrr p15, " #op1 ", %0, %1, " #m ::"r"((v)[0]), "r"((v)[1]) : "memory")
#define READ64(op1, m, v) asm volatile("mrrc p15, " #op1 ", %0, %1, " #m : "=r"((v)[0]), "=r"((v)[1])::"memory")

u32 loaded;
int enter(const void *code, u32 spsr, u32 va, u32 value);
int hyp_access(u32 va, u32 value, int write);
int hyp_operation(u32 kind, u32 va);
int hyp_translate(u32 va, int write);
extern const char pl1_vectors[], code_read[], code_write[], code_execute[], code_read_unprivileged[], code_translate[];

/* A word of the data area is `hvc #n`, so that executing it tells where it came from. */
static u32 pattern(u32 index)
{
    u32 page = index >> 10;
    return 0xe1400070 | (page & 0xfff0) << 4 | (page & 15);
}

static void load_pl1(const struct set_up *s)
{
    WRITE(0, c2, c0, 2, s->ttbcr);
    WRITE64(0, c2, s->ttbr0);
    WRITE64(1, c2, s->ttbr1);
    WRITE(0, c3, c0, 0, s->dacr);
    WRITE(0, c10, c2, 0, s->prrr);
    WRITE(0, c10, c2, 1, s->nmrr);
    WRITE(0, c13, c0, 1, s->contextidr);
}

#ifdef SECURE
extern const char secure_vectors[], code_translate_cpw[], code_translate_cur[], code_translate_cuw[];
/* SCTLR of the set-up, with M as it has it. */
u32 sctlr;

static void load(const struct set_up *s)
{
    u32 zero = 0;
    sctlr = s->sctlr;
    WRITE(0, c1, c0, 0, s->sctlr & ~1u);
    WRITE(0, c1, c1, 0, s->scr);
    WRITE(0, c12, c0, 0, secure_vectors);
    load_pl1(s);
    asm volatile("isb");
    WRITE(0, c8, c7, 0, zero); /* TLBIALL */
    WRITE(0, c7, c5, 0, zero); /* ICIALLU */
    asm volatile("dsb; isb");
}

/* Everything runs with the MMU on. */
static int translate(u32 kind, u32 va)
{
    static const char *const code[] = {code_translate, code_translate_cpw, code_translate_cur, code_translate_cuw};
    return enter(code[kind], SVC, va, 0);
}
#else
static void load(const struct set_up *s)
{
    u32 zero = 0;
    WRITE(0, c1, c0, 0, s->sctlr);
    load_pl1(s);
    WRITE(0, c12, c0, 0, pl1_vectors);
    WRITE(4, c1, c1, 0, s->hcr);
    WRITE(4, c2, c1, 2, s->vtcr);
    WRITE64(6, c2, s->vttbr);
    WRITE(4, c1, c0, 0, s->hsctlr);
    WRITE(4, c2, c0, 2, s->htcr);
    WRITE64(4, c2, s->httbr);
    WRITE(4, c10, c2, 0, s->hmair0);
    WRITE(4, c10, c2, 1, s->hmair1);
    asm volatile("isb");
    WRITE(4, c8, c7, 4, zero); /* TLBIALLNSNH */
    WRITE(4, c8, c7, 0, zero); /* TLBIALLH */
    WRITE(0, c7, c5, 0, zero); /* ICIALLU */
    asm volatile("dsb; isb");
}

static int translate(u32 kind, u32 va)
{
    return kind < 8 ? hyp_operation(kind, va) : hyp_translate(va, kind == 9);
}
#endif

static int run(u32 kind, u32 va)
{
    const u32 mark = 0xe1475575; /* hvc #0x7555 */
    if (kind < 10) return translate(kind, va);
    switch (kind) {
    case 10: return enter(code_read, SVC, va, 0);
    case 11: return enter(code_write, SVC, va, mark);
    case 12: return enter(code_execute, SVC, va, 0);
    case 13: return enter(code_read, USR, va, 0);
    case 14: return enter(code_write, USR, va, mark);
    case 15: return enter(code_execute, USR, va, 0);
    case 16: return enter(code_read_unprivileged, SVC, va, 0);
    case 17: return enter(code_translate, SVC, va, 0);
#ifndef SECURE
    case 18: return hyp_access(va, 0, 0);
    case 19: return hyp_access(va, mark, 1);
#endif
    }
    return 0;
}

void main(void)
{
    const struct operation *operation = OPERATIONS;
    struct result *r = RESULTS;
    u32 zero = 0, none[2] = {0, 0};
    for (u32 i = 0; i < DATA_WORDS; i++) DATA[i] = pattern(i);
    for (u32 i = 0; i < COUNT; i++) {
        load(&CASES[i]);
        for (u32 n = CASES[i].operations; n != 0; n--, operation++, r++) {
#ifndef SECURE
            WRITE(4, c5, c2, 0, zero);
            WRITE(4, c6, c0, 0, zero);
            WRITE(4, c6, c0, 2, zero);
            WRITE(4, c6, c0, 4, zero);
#endif
            WRITE(0, c5, c0, 0, zero);
            WRITE(0, c6, c0, 0, zero);
            WRITE(0, c5, c0, 1, zero);
            WRITE(0, c6, c0, 2, zero);
            WRITE64(0, c7, none);
            loaded = 0;
            r->vector = run(operation->kind, operation->va);
            asm volatile("isb");
#ifdef SECURE
            r->hsr = r->hdfar = r->hifar = r->hpfar = 0;
#else
            READ(4, c5, c2, 0, r->hsr);
            READ(4, c6, c0, 0, r->hdfar);
            READ(4, c6, c0, 2, r->hifar);
            READ(4, c6, c0, 4, r->hpfar);
#endif
            READ(0, c5, c0, 0, r->dfsr);
            READ(0, c6, c0, 0, r->dfar);
            READ(0, c5, c0, 1, r->ifsr);
            READ(0, c6, c0, 2, r->ifar);
            READ64(0, c7, r->par);
            r->value = loaded;
        }
    }
}
