import { afterEach } from 'mocha';
import type { LaunchConfiguration } from '../../../debug-adapter/protocol/launch-attributes';
import { Client, type Stop } from './client';
import type { Connect } from './connections';

/** Clients that end with the test that made them. */
export class Clients {
  private readonly open: Client[] = [];

  constructor() {
    afterEach(() => this.closeAll());
  }

  add(client: Client): Client {
    this.open.push(client);
    return client;
  }

  /** Launches, and waits for the first stop. */
  async launch(
    configuration: LaunchConfiguration,
    configure?: (client: Client) => Promise<unknown>,
    how?: Connect,
  ): Promise<{ client: Client; stop: Stop }> {
    const client = this.add(await Client.launch(configuration, configure, how));
    return { client, stop: await client.nextStop() };
  }

  async closeAll(): Promise<void> {
    for (const client of this.open.splice(0)) await client.close();
  }
}
