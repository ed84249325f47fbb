/** Values the binding grants by name. `http` takes them by reference, which needs no `read`. */
export type Secrets = {
  /** @throws Error when there is none of that name, or it is granted for reference only */
  read(name: string): Promise<string>;
};
