/** What the server calls in the browser (`rx.call_script`). */
interface Hub {
  answered(number: number): void;
  fill(texts: Record<string, string>): void;
  focus(id: string): void;
  focusButton(...names: string[]): void;
  focusChoice(): void;
  focusSides(): void;
  time(at: string, as: "hour" | "minute"): string;
  piece(name: string, start: number): Promise<{ text: string; start: number; next: number; length: number }>;
  refused(fields: string[], otherwise: () => void): void;
  saved(number: number): void;
  signedOut(address: string, isEmptied: boolean): Promise<void> | undefined;
}

interface Window {
  hub: Hub;
}
