/*
 * A DWARF 5 unit with the indexed forms that Clang uses and GCC doesn't: strx, addrx, rnglistx, loclistx, and an
 * address table, written by hand. The source of its lines is this file.
 */
    .syntax unified
    .arm
    .text
.Ltext:
    .global first
    .type first, %function
first:
    mov     r3, r0
.Lmoved:
    add     r0, r3, #1
    bx      lr
.Lfirst_end:
    .size first, . - first
    .global second
    .type second, %function
second:
    mov     r0, #2
    bx      lr
.Lsecond_end:
    .size second, . - second
    .data
    .global counter
    .type counter, %object
counter:
    .word   7
    .size counter, 4

    .section .debug_str, "MS", %progbits, 1
.Lproducer: .asciz "by hand"
.Lunit:     .asciz "indexed.c"
.Lfirst:    .asciz "first"
.Lsecond:   .asciz "second"
.Linput:    .asciz "input"
.Lcounter:  .asciz "counter"
.Lint:      .asciz "int"

    .section .debug_str_offsets, "", %progbits
    .4byte  .Lstr_offsets_end - .Lstr_offsets_start
.Lstr_offsets_start:
    .2byte  5, 0
.Lstr_offsets_base:
    .4byte  .Lproducer, .Lunit, .Lfirst, .Lsecond, .Linput, .Lcounter, .Lint
.Lstr_offsets_end:

    .section .debug_addr, "", %progbits
    .4byte  .Laddr_end - .Laddr_start
.Laddr_start:
    .2byte  5
    .byte   4, 0
.Laddr_base:
    .4byte  .Ltext, second, counter, .Lmoved
.Laddr_end:

    .section .debug_rnglists, "", %progbits
    .4byte  .Lrng_end - .Lrng_start
.Lrng_start:
    .2byte  5
    .byte   4, 0
    .4byte  1
.Lrng_base:
    .4byte  .Lrng0 - .Lrng_base
.Lrng0:
    .byte   3                                       @ DW_RLE_startx_length
    .uleb128 0
    .uleb128 .Lfirst_end - .Ltext
    .byte   1                                       @ DW_RLE_base_addressx
    .uleb128 0
    .byte   4                                       @ DW_RLE_offset_pair
    .uleb128 second - .Ltext
    .uleb128 .Lsecond_end - .Ltext
    .byte   0
.Lrng_end:

    .section .debug_loclists, "", %progbits
    .4byte  .Lloc_end - .Lloc_start
.Lloc_start:
    .2byte  5
    .byte   4, 0
    .4byte  1
.Lloc_base:
    .4byte  .Lloc0 - .Lloc_base
.Lloc0:
    .byte   4                                       @ DW_LLE_offset_pair from the unit's base
    .uleb128 0
    .uleb128 .Lmoved - .Ltext
    .uleb128 1
    .byte   0x50                                    @ DW_OP_reg0
    .byte   3                                       @ DW_LLE_startx_length
    .uleb128 3
    .uleb128 .Lfirst_end - .Lmoved
    .uleb128 1
    .byte   0x53                                    @ DW_OP_reg3
    .byte   0
.Lloc_end:

    .section .debug_abbrev, "", %progbits
    .uleb128 1, 0x11                                @ compile unit
    .byte   1
    .uleb128 0x25, 0x25, 0x13, 0x0b, 0x03, 0x25, 0x72, 0x17, 0x73, 0x17, 0x74, 0x17, 0x8c, 0x17
    .uleb128 0x11, 0x1b, 0x55, 0x23, 0, 0
    .uleb128 2, 0x2e                                @ subprogram with children
    .byte   1
    .uleb128 0x03, 0x25, 0x11, 0x1b, 0x12, 0x06, 0x3f, 0x19, 0x27, 0x19, 0x49, 0x13, 0, 0
    .uleb128 3, 0x05                                @ formal parameter
    .byte   0
    .uleb128 0x03, 0x25, 0x49, 0x13, 0x02, 0x22, 0, 0
    .uleb128 4, 0x34                                @ variable
    .byte   0
    .uleb128 0x03, 0x1a, 0x49, 0x13, 0x3f, 0x19, 0x02, 0x18, 0, 0
    .uleb128 5, 0x24                                @ base type
    .byte   0
    .uleb128 0x03, 0x26, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0
    .uleb128 6, 0x2e                                @ subprogram without children
    .byte   0
    .uleb128 0x03, 0x25, 0x11, 0x1b, 0x12, 0x0b, 0x3f, 0x19, 0x49, 0x13, 0, 0
    .byte   0

    .section .debug_info, "", %progbits
.Linfo:
    .4byte  .Linfo_end - .Linfo_start
.Linfo_start:
    .2byte  5
    .byte   1, 4
    .4byte  .debug_abbrev
    .uleb128 1
    .byte   0, 0x1d, 1                              @ producer, DW_LANG_C11, name
    .4byte  .Lstr_offsets_base, .Laddr_base, .Lrng_base, .Lloc_base
    .uleb128 0                                      @ low_pc
    .uleb128 0                                      @ ranges
    .uleb128 2
    .byte   2                                       @ first
    .uleb128 0
    .4byte  .Lfirst_end - .Ltext, .Linteger - .Linfo
    .uleb128 3
    .byte   4                                       @ input
    .4byte  .Linteger - .Linfo
    .uleb128 0
    .byte   0
    .uleb128 6
    .byte   3                                       @ second
    .uleb128 1
    .byte   .Lsecond_end - second
    .4byte  .Linteger - .Linfo
    .uleb128 4
    .uleb128 5                                      @ counter
    .4byte  .Linteger - .Linfo
    .uleb128 2
    .byte   0xa1, 2                                 @ DW_OP_addrx
.Linteger:
    .uleb128 5
    .2byte  6                                       @ int
    .byte   4, 5
    .byte   0
.Linfo_end:
