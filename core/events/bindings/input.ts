import type { OnFault, Protocol } from '../../../sdk/catalogue.ts';
import type { BindingOptions } from '../options.ts';
import type { Rule } from '../rule.ts';

/** How a binding is asked about one event. */
export type EventBinding = {
  /** Null: asked about every one. */
  readonly rule: Rule | null;
  /** 0…32767, lower is asked first. */
  readonly priority: number;
  /** Milliseconds. */
  readonly deadline: number;
  /** What stands in when the sink fails. */
  readonly onFault: OnFault;
};

/** What `sluice.yaml` says of a binding, and of the virtual server it stands under. */
export type BindingInput = BindingOptions & {
  readonly virtualServer: { readonly id: string; readonly protocol: Protocol };
};
