// Puts a server's program into a folder and prints its path: node tools/fetch-server.mjs mongod|valkey-server [folder]
import { fetchServer } from '@parley/servers';

const [name, folder = '.parley/servers'] = process.argv.slice(2);
if (name !== 'mongod' && name !== 'valkey-server') throw new Error('Say which: mongod or valkey-server.');
console.log(await fetchServer(name, folder));
