// Packages of ours that a folder may not import resolve to this file, which is no module: the import does not compile.
declare const noSuchArrow: unique symbol
