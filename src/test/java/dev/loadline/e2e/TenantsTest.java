package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Sha256;
import dev.loadline.model.FakeAnswer;
import dev.loadline.transport.Wire;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: a tenant that floods leaves room for another. Method: two slots, and a tenant that holds
 * both when another one comes.
 */
class TenantsTest extends OneServer {
    @Override
    String settings() {
        return """
            normal: { firstToken: 10s, gap: 30s }  # held answers hold long on a busy machine
        load: { activeTurns: 2, admissionWait: 100ms, loopLag: 1m }
        auth:
          keys:
            - { sha256: "%s", principal: ops/ops, roles: [user, operator] }
            - { sha256: "%s", principal: acme/ann }
            - { sha256: "%s", principal: other/sue }
        """
                .formatted(Sha256.hex("ops"), Sha256.hex("ann"), Sha256.hex("sue"));
    }

    @Override
    Api operator() {
        return server.api().with("ops");
    }

    @Test
    void a_tenant_that_floods_leaves_room_for_another() {
        Api ann = api.with("ann");
        Api sue = api.with("sue");
        model.always(FakeAnswer.begun().texts("On").hold().ended());
        List<String> running = new ArrayList<>();
        for (int i = 0; i < 2; i++) running.add(ann.begin(ann.open("assistant"), "Go on"));
        String talk = sue.open("assistant");
        assertThat(sue.say(talk, "Me, too").status()).as("no slot yet").isEqualTo(503);
        String first = running.getFirst();
        assertThat(ann.post("/api/turns/" + first + "/cancel", "{}").status()).isEqualTo(202);
        ann.ended(first);
        Wire.Answer more = ann.say(ann.open("assistant"), "Mine as well");
        assertThat(more.status()).as("half of the slots are somebody else's").isEqualTo(503);
        assertThat(Long.parseLong(more.header("retry-after"))).isPositive();
        String hers = sue.begin(talk, "Me, too");
        TestServer.until("her call is at the model", () -> model.requests() == 3);
        model.release();
        assertThat(sue.ended(hers).get("status").textValue()).isEqualTo("completed");
        ann.ended(running.getLast());
    }
}
