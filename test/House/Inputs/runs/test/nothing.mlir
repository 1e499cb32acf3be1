// RUN: msa-opt %s
