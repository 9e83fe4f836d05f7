/**
 * A chat node as most people write it: Socket.IO with the Redis pub/sub adapter; each message is inserted into MongoDB
 * with the default write concern, then emitted, then acknowledged. Baselines (a) and, without MongoDB, (b) of the bench.
 * Arguments: port, Redis URL, MongoDB URL or `none`.
 */
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { Server } from 'socket.io';

interface Message {
  readonly room: string;
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

const [port = '', redisUrl = '', mongoUrl = 'none'] = process.argv.slice(2);

async function messages(url: string) {
  const client = await new MongoClient(url, { maxPoolSize: 50 }).connect();
  const collection = client.db('baseline').collection('messages');
  await collection.createIndex({ room: 1, at: 1 });
  return collection;
}

const stored = mongoUrl === 'none' ? null : await messages(mongoUrl);
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  adapter: createAdapter(new Redis(redisUrl), new Redis(redisUrl)),
});

io.on('connection', async (socket) => {
  await socket.join(String(socket.handshake.query.room));
  socket.on('send', async (message: Message, acknowledge: (answer: object) => void) => {
    if (stored) await stored.insertOne({ ...message, at: new Date() });
    io.to(message.room).emit('message', message);
    acknowledge({});
  });
});

http.listen(Number(port), '127.0.0.1', () => process.send?.({ kind: 'ready' }));
