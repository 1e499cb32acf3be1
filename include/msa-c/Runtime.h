/*===- Runtime.h - the runtime's C door ---------------------------*- C -*-===*\
|*
|* Loads artifacts (.msab), plans programs for given shapes and runs them on the CPU or a GPU: the ABI of libmsart.so, which needs neither
|* LLVM nor CUDA to be installed (libcuda is opened when a GPU program is).
|*
|* Every function returns 0, or 1 with the reason in msartLastError(): "[id] needs X, but Y" or "[id] 'argument': expects X, but Y".
|* Handles may be used from several threads at once; msartRun too, with one workspace for each run in flight. Destroying NULL is fine.
|* A handle keeps what it was made from alive, so the order of destruction is free.
|*
|* The environment, read when a program is opened or (the last two) when a plan is made:
|*   MSA_TARGET          the target that "auto" stands for, as sm_90a or cpu
|*   MSA_CACHE_DIR       folder of assembled PTX (default $XDG_CACHE_HOME/msa, else $HOME/.cache/msa; empty: none). Entries are checked when
|*                       they are read and made again if they are broken or refused; many processes may share it, and anybody may empty it
|*   MSA_PTXAS_PATH      a ptxas to assemble with in place of the driver
|*   MSA_OVERRIDE_DIR    its file NAME.ptx takes the place of kernel NAME, with the same parameters; that is said on stderr
|*   MSA_LIBCUDA_PATH    the driver's libcuda.so.1;  MSA_NUM_THREADS: of CPU programs;  MSA_LOG: error (default), info or debug, on stderr
|*   MSA_DEBUG           1: every run is checked as msartCheck does
|*   MSA_LOG_INPUTS      folder: every run writes its inputs there before it is launched (the newest 8 calls of a process stay, up to 1 GiB
|*                       each; larger tensors as their shapes alone), and `msa-run ARTIFACT --inputs=FOLDER/CALL` runs them again. On a GPU
|*                       it waits for the stream first; runs that a graph captures are not written
|*
\*===----------------------------------------------------------------------===*/
#ifndef MSA_C_RUNTIME_H
#define MSA_C_RUNTIME_H
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MSART_EXPORT __attribute__((visibility("default")))
#else
#define MSART_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a function or struct changes meaning. */
#define MSART_ABI_VERSION 1

/* Element types. */
enum { MSART_F32 = 0, MSART_F16 = 1, MSART_BF16 = 2, MSART_I32 = 3 };

/* A tensor of the caller's. Sizes and strides count elements; strides NULL means row-major. */
typedef struct msartTensor {
  void *data;
  int32_t dtype;
  int32_t rank;
  const int64_t *shape;
  const int64_t *strides;
} msartTensor;

typedef struct msartArtifact msartArtifact;
typedef struct msartProgram msartProgram;
typedef struct msartPlan msartPlan;

/* MSART_ABI_VERSION of the library. */
MSART_EXPORT int msartVersion(void);
/* Why the last failed call of this thread failed; "" before any did. Valid until the thread's next failure. */
MSART_EXPORT const char *msartLastError(void);

/* GPUs that the driver shows. Without a driver: 1, and the reason. */
MSART_EXPORT int msartDeviceCount(int *count);
/* The GPU's name and compute capability (90 for 9.0). `name` gets at most `name_bytes` bytes with the NUL; it may be NULL. */
MSART_EXPORT int msartDeviceInfo(int device, char *name, size_t name_bytes, int *sm_version);

MSART_EXPORT int msartLoadArtifactFile(const char *path, msartArtifact **artifact);
MSART_EXPORT int msartLoadArtifactBytes(const char *bytes, size_t length, msartArtifact **artifact);
MSART_EXPORT void msartDestroyArtifact(msartArtifact *artifact);
/* JSON text of the artifact without its code: {"producer": ..., "programs": [{"name", "target", "arguments": [{"name", "dtype", "shape"
 * (-1 where free), "output", "output_shape"}, ...], "meaning", "notes", ...}, ...]}. Belongs to the artifact. */
MSART_EXPORT const char *msartArtifactDescribe(msartArtifact *artifact);

/* Loads a program's code. `name` may be NULL where the artifact has only one. `target`: one of the artifact's targets, or "auto" (NULL is
 * the same): MSA_TARGET, else the best one for GPU `device`, else the CPU's. */
MSART_EXPORT int msartProgramOpen(msartArtifact *artifact, const char *name, const char *target, int device,
                                  msartProgram **program);
MSART_EXPORT void msartDestroyProgram(msartProgram *program);
/* The target that was chosen: "cpu", "sm_90a". Belongs to the program. */
MSART_EXPORT const char *msartProgramTarget(msartProgram *program);

/* Sizes of argument `argument` (an output) for inputs of the given shapes; `tensors` holds the inputs (data and dtype are not looked at).
 * `shape` gets as many sizes as the argument has dimensions. */
MSART_EXPORT int msartOutputShape(msartProgram *program, const msartTensor *inputs, size_t num_inputs, size_t argument,
                                  int64_t *shape);

/* Checks shapes and strides (inputs, then outputs) and works out the launches. `workspace_bytes` may be NULL. */
MSART_EXPORT int msartPlanCreate(msartProgram *program, const msartTensor *tensors, size_t num_tensors,
                                 size_t *workspace_bytes, msartPlan **plan);
MSART_EXPORT void msartDestroyPlan(msartPlan *plan);
/* Runs on `stream` (a CUstream; NULL is the default stream; unused on the CPU). Tensors have the plan's shapes and strides and any addresses:
 * host memory for CPU programs, device memory for GPU programs. `workspace`: the plan's bytes of device memory, 256-byte aligned. Neither
 * allocates nor synchronises, so a CUDA graph may capture it; but see msartCheck. */
MSART_EXPORT int msartRun(msartPlan *plan, const msartTensor *tensors, size_t num_tensors, void *workspace,
                          void *stream);

/* Looks for what kernels cannot afford to look for: lengths that do not ascend or exceed the cache, page ids outside of it, broken
 * selections, addresses that are no memory of the program's GPU: "[debug-check] 'page_table': expects pages below 512, but [3, 7] is 600".
 * On a GPU it waits for `stream`. Where MSA_DEBUG=1 is set when a plan is made, msartRun does so before each launch. */
MSART_EXPORT int msartCheck(msartPlan *plan, const msartTensor *tensors, size_t num_tensors, void *stream);
/* The same for host tensors on any target, addresses aside. */
MSART_EXPORT int msartProgramCheckHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors);

/* For host tensors on any target: plans, copies to the GPU and back where there is one, runs and waits. */
MSART_EXPORT int msartProgramRunHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors);
/* As msartProgramRunHost, and times the program alone (no copies): 5 warm-up and 20 timed runs, under a CUDA graph on GPUs with inputs
 * rotated through more than twice the L2. Median in microseconds and coefficient of variation; both may be NULL. */
MSART_EXPORT int msartProgramMeasureHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors,
                                         double *median_us, double *variation);
/* As msartProgramMeasureHost, and each launch of a GPU program by itself, in its place in whole runs: `launch_us` gets `num_launches` medians,
 * as many as the program has "launches" in msartArtifactDescribe (0 for CPU programs). */
MSART_EXPORT int msartProgramMeasureLaunchesHost(msartProgram *program, const msartTensor *tensors, size_t num_tensors,
                                                 double *median_us, double *launch_us, size_t num_launches);

#ifdef __cplusplus
}
#endif
#endif /* MSA_C_RUNTIME_H */
