// Pipeline: certs. The certificate in use, exchangeable while the server runs (rotation replaces it here).
import type { CertificateBundle } from './bundle.ts'

export interface CertificateHolder {
  current(): CertificateBundle
  replace(next: CertificateBundle): void
  onReplaced(listener: () => void): void
}

/** Holds one bundle in memory and tells its listeners about the next. */
export function createCertificateHolder(first: CertificateBundle): CertificateHolder {
  const listeners: (() => void)[] = []
  let bundle = first
  return {
    current: () => bundle,
    replace(next) {
      bundle = next
      for (const listener of listeners) listener()
    },
    onReplaced: listener => void listeners.push(listener),
  }
}
