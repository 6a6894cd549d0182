/** What the browser gives a module inside an AudioWorklet; TypeScript's DOM library does not describe it. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
