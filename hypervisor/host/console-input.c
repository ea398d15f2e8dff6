/*
 * What is typed on the host's console, and whose it is.
 *
 * Each process that listens (a VMM, whose KVM_RUN is told, so that a blocked or running guest is interrupted for a key)
 * has a ring of its own, so that one which reads nothing keeps nothing from the others. One of them has the keyboard: the
 * last that asked for it, until Ctrl-A and a digit choose one by its number, which is its VM's ("vm2|": 2). Ctrl-A twice
 * is one Ctrl-A. What comes while nobody listens is for the first who does.
 */
#include "kernel.h"

#define LISTENERS 8
#define RING 256
#define CTRL_A 0x01

struct listener {
    const struct process *process; /* NULL: free */
    void (*notify)(void *context);
    void *context;
    bool news; /* it has not been told yet of what is in the ring */
    u32 head, tail;
    char ring[RING];
};

static struct spinlock lock;
static struct listener listeners[LISTENERS], nobody;
static struct listener *keyboard = &nobody; /* who gets what is typed */
static bool chosen;                         /* by Ctrl-A */
static bool after_ctrl_a;
static void *volatile last_to_ask;

static struct listener *listener_of(const struct process *process)
{
    for (u32 i = 0; i < LISTENERS; i++)
        if (listeners[i].process == process)
            return &listeners[i];
    return NULL;
}

static void choose(u32 number)
{
    for (u32 i = 0; i < LISTENERS; i++)
        if (listeners[i].process && listeners[i].process->number == number) {
            keyboard = &listeners[i];
            chosen = true;
        }
}

static void receive(char c)
{
    if (keyboard->head - keyboard->tail < RING)
        keyboard->ring[keyboard->head++ % RING] = c;
    keyboard->news = true;
}

void console_typed(char c)
{
    u32 flags = spin_lock(&lock);

    if (c == CTRL_A && !after_ctrl_a) {
        after_ctrl_a = true;
    } else {
        if (!after_ctrl_a || c == CTRL_A)
            receive(c);
        else if (c >= '1' && c <= '9')
            choose((u32)(c - '0'));
        after_ctrl_a = false;
    }
    spin_unlock(&lock, flags);
}

static void tell(struct listener *listener)
{
    if (!listener->notify)
        return; /* its process makes another vCPU */
    if (listener->news)
        listener->notify(listener->context);
    listener->news = false;
}

void console_tell_listeners(void)
{
    u32 flags = spin_lock(&lock);

    for (u32 i = 0; i < LISTENERS; i++)
        if (listeners[i].process)
            tell(&listeners[i]);
    spin_unlock(&lock, flags);
}

void console_listen(void (*notify)(void *context), void *context)
{
    if (last_to_ask == context)
        return; /* each KVM_RUN says it anew */
    u32 flags = spin_lock(&lock);
    struct listener *listener = listener_of(current->process);

    if (!listener && (listener = listener_of(NULL))) {
        memset(listener, 0, sizeof(*listener));
        if (keyboard == &nobody) {
            *listener = nobody;
            memset(&nobody, 0, sizeof(nobody));
        }
        listener->process = current->process;
    }
    if (listener) {
        listener->notify = notify;
        listener->context = context;
        tell(listener);
        if (!chosen)
            keyboard = listener;
        last_to_ask = context;
    }
    spin_unlock(&lock, flags);
}

void console_ignore(void *context)
{
    u32 flags = spin_lock(&lock);

    for (u32 i = 0; i < LISTENERS; i++)
        if (listeners[i].context == context)
            listeners[i].notify = NULL;
    last_to_ask = NULL;
    spin_unlock(&lock, flags);
}

void console_leave(const struct process *process)
{
    u32 flags = spin_lock(&lock);
    struct listener *listener = listener_of(process);

    if (listener) {
        listener->process = NULL;
        if (keyboard == listener) {
            chosen = false;
            keyboard = &nobody;
        }
    }
    for (u32 i = 0; i < LISTENERS && keyboard == &nobody; i++)
        if (listeners[i].process)
            keyboard = &listeners[i];
    spin_unlock(&lock, flags);
}

s32 console_read_char(void)
{
    u32 flags = spin_lock(&lock);
    struct listener *listener = listener_of(current->process);
    s32 c = -1;

    if (listener && listener->head != listener->tail)
        c = (u8)listener->ring[listener->tail++ % RING];
    spin_unlock(&lock, flags);
    return c;
}
