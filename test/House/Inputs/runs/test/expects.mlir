// RUN: msa-opt %s -verify-diagnostics
