/** The scripted provider in a process of its own: prints its base URL, then serves until it is ended. */
import { benchScript } from '../test/support/openai-script.ts';
import { startOpenAIServer } from '../test/support/openai-server.ts';

const server = await startOpenAIServer(benchScript(), { keepRequests: false });
console.log(`listening on ${server.url}`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
