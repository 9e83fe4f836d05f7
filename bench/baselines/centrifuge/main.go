// A small server on the Go library Centrifuge with its Redis broker and history: baseline (c) of the bench.
// Usage: centrifuge <port> <redis address>
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/centrifugal/centrifuge"
)

// What a Centrifugo operator would call a generous history: enough for recovery, and it expires.
const (
	historySize = 1000
	historyTTL  = time.Hour
)

func main() {
	port, redisAddress := os.Args[1], os.Args[2]
	node := newNode(redisAddress)
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "bench"}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) { serve(node, client) })
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	fmt.Println("ready")
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}

func newNode(redisAddress string) *centrifuge.Node {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		log.Fatal(err)
	}
	shard, err := centrifuge.NewRedisShard(node, centrifuge.RedisShardConfig{Address: redisAddress})
	if err != nil {
		log.Fatal(err)
	}
	broker, err := centrifuge.NewRedisBroker(node, centrifuge.RedisBrokerConfig{Shards: []*centrifuge.RedisShard{shard}})
	if err != nil {
		log.Fatal(err)
	}
	node.SetBroker(broker)
	return node
}

// serve lets a client subscribe to any channel and publish to it; the reply waits for Redis.
func serve(node *centrifuge.Node, client *centrifuge.Client) {
	client.OnSubscribe(func(_ centrifuge.SubscribeEvent, reply centrifuge.SubscribeCallback) {
		reply(centrifuge.SubscribeReply{Options: centrifuge.SubscribeOptions{EnableRecovery: true}}, nil)
	})
	client.OnPublish(func(event centrifuge.PublishEvent, reply centrifuge.PublishCallback) {
		result, err := node.Publish(event.Channel, event.Data, centrifuge.WithHistory(historySize, historyTTL))
		reply(centrifuge.PublishReply{Result: &result}, err)
	})
}
