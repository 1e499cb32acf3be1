include "mlir/IR/OpBase.td"

def Bad_Dialect : Dialect {
  let name = "bad";
  let cppNamespace = "::bad";
}

def Bad_SyntaxOp : Op<Bad_Dialect, "syntax"> {
  let description = [{
    ```mlir
    %x = arith.addi %a %b : i32
    ```
  }];
}

def Bad_WholeOp : Op<Bad_Dialect, "whole"> {
  let description = [{
    ```mlir
    func.func @a_module_of_its_own() { return }
    ```
  }];
}

def Bad_OpenOp : Op<Bad_Dialect, "open"> {
  let description = [{
    ```mlir
    %x = arith.addi %never, %defined : i32
    ```
  }];
}
