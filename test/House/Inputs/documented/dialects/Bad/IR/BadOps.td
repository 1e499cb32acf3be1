include "mlir/IR/OpBase.td"

def Bad_Dialect : Dialect {
  let name = "bad";
  let cppNamespace = "::bad";
}

def Bad_MuteOp : Op<Bad_Dialect, "mute">;

def Bad_BorrowsOp : Op<Bad_Dialect, "borrows"> {
  let summary = "Shows another op's example";
  let description = [{
    ```mlir
    bad.borrows_more
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Bad_GoodOp : Op<Bad_Dialect, "good"> {
  let summary = "Has all that an op needs";
  let description = [{
    ```mlir
    bad.good
    ```
  }];
  let assemblyFormat = "attr-dict";
}
