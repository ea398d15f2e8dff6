/*
 * Puts the guest's kernel, device tree and initial RAM disk into its RAM.
 *
 * ELF: each segment to its physical address (an IPA). zImage and anything else: whole, at RAM + 32 KiB, as
 * Documentation/arm/booting asks. The device tree goes 128 MiB up or to the middle of smaller RAM, with
 * the RAM disk after it.
 */
#include "vmm.h"

#define ELF_MAGIC 0x464c457f
#define PT_LOAD 1
#define ZIMAGE_MAGIC 0x016f2818
#define ZIMAGE_MAGIC_OFFSET 0x24
#define KERNEL_OFFSET 0x8000
#define DTB_LIMIT 0x100000

struct elf_header {
    u32 magic;
    u8 ident[12];
    u16 type, machine;
    u32 version, entry, phoff, shoff, flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
    u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

void *guest_memory(u64 ipa, u32 size)
{
    u64 offset = ipa - GUEST_RAM_IPA;

    if (ipa < GUEST_RAM_IPA || offset > vm.ram_size || size > vm.ram_size - (u32)offset)
        return NULL;
    return vm.ram + (u32)offset;
}

static u8 *ram_at(u32 ipa, u32 size)
{
    u8 *memory = guest_memory(ipa, size);

    if (!memory)
        fail("0x%08x, %u bytes: outside the guest's RAM", ipa, size);
    return memory;
}

static void check(bool condition, const char *what)
{
    if (!condition)
        fail("the guest's ELF file is damaged: %s", what);
}

static u32 load_elf(const u8 *file, u32 size)
{
    const struct elf_header *header = (const void *)file;

    check(size >= sizeof(*header) && header->machine == 40, "not for ARM");
    check(header->phoff < size && header->phnum * sizeof(struct elf_program_header) <= size - header->phoff,
          "program headers");
    const struct elf_program_header *segment = (const void *)(file + header->phoff);
    for (u32 i = 0; i < header->phnum; i++, segment++) {
        if (segment->type != PT_LOAD || !segment->memsz)
            continue;
        check(segment->offset <= size && segment->filesz <= size - segment->offset &&
                  segment->filesz <= segment->memsz,
              "a segment");
        memcpy(ram_at(segment->paddr, segment->memsz), file + segment->offset, segment->filesz);
    }
    return header->entry;
}

static u32 load_kernel(void)
{
    u32 size = boot_file_size("kernel");
    u8 *file = (u8 *)system_call(SYS_MMAP, size, MAP_ANONYMOUS, (u32)-1);

    if (!size || (s32)file < 0 || boot_file_read("kernel", file, size) != size)
        fail("no guest kernel");
    if (size >= 4 && *(u32 *)file == ELF_MAGIC) {
        say("guest kernel: ELF, %u bytes\n", size);
        return load_elf(file, size);
    }
    bool zimage = size > ZIMAGE_MAGIC_OFFSET + 4 && *(u32 *)(file + ZIMAGE_MAGIC_OFFSET) == ZIMAGE_MAGIC;
    say("guest kernel: %s, %u bytes\n", zimage ? "zImage" : "raw", size);
    memcpy(ram_at(GUEST_RAM_IPA + KERNEL_OFFSET, size), file, size);
    return GUEST_RAM_IPA + KERNEL_OFFSET;
}

void load_guest(struct boot_state *boot)
{
    boot->entry = load_kernel();
    boot->dtb = 0;
    if (!vm.own_kernel)
        return;

    u32 half = vm.ram_size / 2;
    u32 dtb = GUEST_RAM_IPA + (half > 0x08000000 ? 0x08000000 : half);
    u32 initrd = dtb + DTB_LIMIT;
    static char cmdline[1024];
    u32 initrd_size = boot_file_size("initrd");
    if (initrd_size)
        boot_file_read("initrd", ram_at(initrd, initrd_size), initrd_size);
    cmdline[boot_file_read("cmdline", cmdline, sizeof(cmdline) - 1)] = '\0';
    u32 dtb_size = boot_file_size("dtb");
    if (dtb_size)
        boot_file_read("dtb", ram_at(dtb, dtb_size), dtb_size);
    else
        dtb_size = make_device_tree(ram_at(dtb, DTB_LIMIT), DTB_LIMIT, cmdline, initrd, initrd_size);
    boot->dtb = dtb;
}
