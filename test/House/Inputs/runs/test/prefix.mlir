// RUN: msa-opt %s | FileCheck %s --check-prefixes=ONE,TWO
// ONE: a
// TWOO: b
