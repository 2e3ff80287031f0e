/* The pack that every program carries. The path is relative to the source directory (-I). */
#ifdef __ELF__
    .section .rodata
#else
    .section .rdata, "dr"
#endif
    .globl vdiwatch_built_in_pack
    .globl vdiwatch_built_in_pack_end
vdiwatch_built_in_pack:
    .incbin "policy/rules/docker-desktop-vdi.yaml"
vdiwatch_built_in_pack_end:
    .byte 0
#ifdef __ELF__
    .section .note.GNU-stack, "", %progbits
#endif
