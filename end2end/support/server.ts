/** The real program, on a free port and with a database of its own. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const TARGET = resolve(import.meta.dirname, '../../target');
const PROGRAM = process.env.PLENARY_BIN ?? join(TARGET, 'debug/plenary');
const ASSETS = process.env.PLENARY_ASSETS ?? join(TARGET, 'site');

/** How long the server may take to start, in milliseconds. Shorter, and a busy machine fails the run. */
const READY_WITHIN_MS = 30_000;

export type Database = 'sqlite' | 'postgres';

export interface Settings {
  database: Database;
  /** Further arguments of `plenary serve`. */
  arguments: string[];
}

export class Server {
  private log = '';
  private process: ChildProcess;

  private constructor(
    readonly origin: string,
    private readonly folder: string,
    private readonly storage: string[],
    private readonly serve: string[],
  ) {
    this.process = this.spawn();
  }

  static async start(settings: Settings): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'plenary-end2end-'));
    const storage =
      settings.database === 'postgres' ? ['--database-url', createDatabase()] : ['--data-dir', folder];
    const address = `127.0.0.1:${await freePort()}`;
    const origin = `http://${address}`;
    const fixed = ['serve', '--listen', address, '--assets', ASSETS, '--public-url', origin];
    const server = new Server(origin, folder, storage, [...fixed, ...storage, ...settings.arguments]);
    await server.untilReady();
    return server;
  }

  private spawn(): ChildProcess {
    const started = spawn(PROGRAM, this.serve, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    const listen = (text: Buffer) => (this.log += text.toString());
    started.stdout.on('data', listen);
    started.stderr.on('data', listen);
    return started;
  }

  /** Ends it, and leaves its database as it is then. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }

  /** Starts it again after its end, at the same address and on the same database. */
  async startAgain(): Promise<void> {
    this.process = this.spawn();
    await this.untilReady();
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (this.process.exitCode !== null) throw new Error(`The server stopped:\n${this.log}`);
      const answer = await fetch(`${this.origin}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((wake) => setTimeout(wake, 50));
    }
    throw new Error(`The server was not ready after ${READY_WITHIN_MS} ms:\n${this.log}`);
  }

  /** Stops it, and checks what it leaves: a log without errors, and a database in which everything agrees. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
    const verify = spawnSync(PROGRAM, ['verify', ...this.storage], { encoding: 'utf8' });
    rmSync(this.folder, { recursive: true, force: true });
    if (verify.status !== 0) throw new Error(`plenary verify: ${verify.stdout}${verify.stderr}`);
    const errors = this.log.split('\n').filter((line) => / ERROR |panicked/.test(line));
    if (errors.length > 0) throw new Error(`The server logged errors:\n${errors.join('\n')}`);
  }
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const address = socket.address();
  socket.close();
  await once(socket, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/** Makes an empty database beside the one that the URL names, which goes with the cluster. */
function createDatabase(): string {
  const url = new URL(process.env.PLENARY_TEST_POSTGRES_URL ?? '');
  const name = `end2end_${process.pid}_${Date.now()}`;
  const made = spawnSync('psql', [url.href, '--no-psqlrc', '--command', `create database ${name}`], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`psql could not make a database: ${made.error ?? made.stderr}`);
  url.pathname = name;
  return url.href;
}
