# Finds Debian's LLVM/MLIR and makes the one precompiled header that every MLIR translation unit shares.
# "22" alone is refused by LLVM's version file, which wants major.minor.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(MLIR 22.1 REQUIRED CONFIG)
message(STATUS "MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
set(MLIR_BINARY_DIR ${CMAKE_BINARY_DIR})
# One libMLIR.so and no static MLIR archive beside it: a mixed link registers every dialect twice.
set(MLIR_LINK_MLIR_DYLIB ON)
set(LLVM_LINK_LLVM_DYLIB ON)
include(TableGen)
include(AddLLVM)
include(AddMLIR)
separate_arguments(MSA_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

add_library(MsaMlir INTERFACE)
target_include_directories(MsaMlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_definitions(MsaMlir INTERFACE)
target_compile_options(MsaMlir INTERFACE ${MSA_LLVM_DEFINITIONS} -fno-exceptions -Wall -Wextra
                       -Wno-unused-parameter -Wno-missing-field-initializers)
target_link_libraries(MsaMlir INTERFACE MLIR LLVM)

# NVVMDialect.h alone costs 20 s of parsing; precompiled it is free.
add_library(MsaPch OBJECT ${CMAKE_SOURCE_DIR}/cmake/Pch.cpp)
target_link_libraries(MsaPch PRIVATE MsaMlir)
target_precompile_headers(MsaPch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/Pch.h)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Lets ccache keep objects that were built with a precompiled header.
  target_compile_options(MsaMlir INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()

function(msa_use_mlir name)
  target_link_libraries(${name} PUBLIC MsaMlir)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # g++'s precompiled header is 1 GB and saves little
    target_precompile_headers(${name} REUSE_FROM MsaPch)
  endif()
endfunction()
