/*===- Compiler.h - the compiler's narrow C door ------------------*- C -*-===*\
|*
|* Text in, artifact out: the only ABI of libmsac.so. It knows nothing of MLIR's types, so any language that can call C
|* can call it. Every function may be called from several threads at once. Strings returned through `char **` are
|* NUL-terminated, belong to the caller and are given back with msacFree.
|*
\*===----------------------------------------------------------------------===*/
#ifndef MSA_C_COMPILER_H
#define MSA_C_COMPILER_H
#include <stddef.h>

#if defined(__GNUC__)
#define MSAC_EXPORT __attribute__((visibility("default")))
#else
#define MSAC_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Compiles `length` bytes of MLIR text (or bytecode) for one or more targets.
 *
 * options_json: NULL or a JSON object; unknown keys are an error. All keys are optional:
 *   "target"        "cpu", "sm_90a", or several, "cpu,sm_80,sm_90a"; also an array of strings. Default: MSA_TARGET, else "cpu"
 *   "emit"          "artifact" (default: the .msab text), "mlir", "llvm", "ptx", "cubin" (of one target)
 *   "compile_to"    stop after this phase and return its MLIR text ("normal", "decided", "split", "tile", "staged", "nvvm", ...)
 *   "compile_from"  the text is already in this phase
 *   "ptx_version"   PTX ISA version times 10, as 83; at least what the chip needs
 *   "overlap"       percent of its KV blocks that a query token shares with the one before it (default 90): chooses the prefill recipe
 *   "assemble"      true: also run ptxas, if one is found, and keep its cubin in the artifact
 *   "explain"       true: add strategy, shared-memory map, registers, flops and bytes to the artifact's notes
 *   "reader"        true, for target "cpu": run the GPU recipes' tile programs on the CPU instead of the linear-algebra path
 *   "recipe_target" with "reader": the GPU whose decisions are taken (default "sm_90a")
 *   "progress"      true: one line on stderr for what takes over half a second
 *   "dump_dir", "cache_dir", "override_dir", "ptxas_path", "lld_path", "log"   as MSA_DUMP_DIR, MSA_CACHE_DIR, ...; "" switches one off
 *
 * Returns 0 and the artifact in *artifact_text (*artifact_length bytes, a NUL after them), or 1 and NULL. Either way *diagnostics
 * (if not NULL) gets one JSON object a line, possibly none:
 *   {"severity": "error"|"warning"|"remark"|"note", "message": "[smem] needs 245760 bytes of ..., but ...",
 *    "location": "graph.mlir:7:10", "id": "smem"}
 * `id` is "" where the message has none. A note belongs to the last line that is not one. */
MSAC_EXPORT int msacCompile(const char *text, size_t length, const char *options_json, char **artifact_text,
                            size_t *artifact_length, char **diagnostics);

/* Says whether `target` can run the program, deciding as msacCompile would but making no code. Returns 0 if so; 1 if the target
 * refuses, with "[id] needs <need>, but <have>" in *reason; 2 if the text is no valid program, with the first error there. */
MSAC_EXPORT int msacCheckSupport(const char *text, size_t length, const char *target, char **reason);

/* Frees what the functions above returned. NULL is fine. */
MSAC_EXPORT void msacFree(void *pointer);

/* "0.1.0 (LLVM 22.1.8)"; static. */
MSAC_EXPORT const char *msacVersion(void);

/* "cpu, sm_80, ..."; static. */
MSAC_EXPORT const char *msacTargets(void);

#ifdef __cplusplus
}
#endif
#endif /* MSA_C_COMPILER_H */
