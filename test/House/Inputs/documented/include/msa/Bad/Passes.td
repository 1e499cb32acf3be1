include "mlir/Pass/PassBase.td"

def SplitHairs : Pass<"hair-splitting"> {
  let description = [{ Assumes: hair. }];
}
