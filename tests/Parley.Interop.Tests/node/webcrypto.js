// Node.js 18, which Debian 12 has, knows it, but not as a global. Imported first: libraries look for it when they are loaded.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
