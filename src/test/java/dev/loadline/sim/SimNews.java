package dev.loadline.sim;

import dev.loadline.guard.News;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What nodes tell each other of gates and breakers: comes late, is lost, and a node may hear
 * nothing for a while though it is heard.
 */
final class SimNews {
    /** One life of a node. */
    private record Member(
            SimWorld.Place place, GateWatch gates, List<Consumer<News.Item>> listeners) {}

    private final SimWorld world;
    private final Weather weather;
    private final SplittableRandom random;
    private final List<Member> members = new ArrayList<>();

    SimNews(SimWorld world, Weather weather, SplittableRandom random) {
        this.world = world;
        this.weather = weather;
        this.random = random;
    }

    /** A node's life joins. */
    News join(SimWorld.Place place, GateWatch gates) {
        members.removeIf(each -> each.place().dead());
        var me = new Member(place, gates, new ArrayList<>());
        members.add(me);
        return new News() {
            @Override
            public void tell(Item item) {
                members.stream()
                        .filter(each -> !each.place().equals(place))
                        .forEach(each -> send(item, each));
            }

            @Override
            public void hear(Consumer<Item> listener) {
                me.listeners().add(listener);
            }
        };
    }

    private void send(News.Item item, Member to) {
        if (weather.deaf(to.place().name, world.elapsed()) || lost()) {
            world.saw("news lost");
            return;
        }
        Duration late = Duration.ofMillis(random.nextLong(1, weather.newsLateMs()));
        world.at(to.place(), late, "news", () -> deliver(item, to));
    }

    private boolean lost() {
        return weather.newsLost() > 0 && random.nextDouble() < weather.newsLost();
    }

    private static void deliver(News.Item item, Member to) {
        to.listeners().forEach(listener -> listener.accept(item));
        if (item instanceof News.GateClosed closed) to.gates().told(closed);
    }
}
