package dev.loadline.sim;

/**
 * How bad this world is; drawn by the seed before anything happens, set to nothing for the second
 * phase.
 */
final class Faults {
    private double storeRefuses;
    private double storeUnknown;
    private long storeSlowMs;
    private double busLoss;
    private double crash;
    private double pause;
    private double modelFails;
    private double disconnect;
    private double forgetful;
    private int longest;
    private long gapMs = 200;
    private boolean healed;
    private boolean down;

    static Faults draw(SimWorld world) {
        var faults = new Faults();
        faults.storeRefuses = often(world, 0.1);
        faults.storeUnknown = often(world, 0.15);
        faults.storeSlowMs = world.chance(0.5) ? 20 : 3_000;
        faults.busLoss = often(world, 0.02);
        faults.crash = often(world, 0.5);
        faults.pause = often(world, 0.5);
        faults.modelFails = often(world, 0.2);
        faults.disconnect = often(world, 0.6);
        faults.forgetful = world.random.nextDouble() * 0.8;
        faults.longest = world.chance(0.5) ? 20 : 120;
        return faults;
    }

    /** Half of the worlds lack this fault altogether, so that the others are seen alone, too. */
    private static double often(SimWorld world, double most) {
        return world.chance(0.5) ? 0 : world.random.nextDouble() * most;
    }

    /** A model that says little and takes its time. */
    void slowAnswers(int words) {
        longest = words;
        gapMs = 1_500;
    }

    void heal() {
        healed = true;
        down = false;
    }

    boolean healed() {
        return healed;
    }

    void storeDown(boolean isDown) {
        down = isDown && !healed;
    }

    boolean storeDown() {
        return down;
    }

    double storeRefuses() {
        return healed ? 0 : storeRefuses;
    }

    double storeUnknown() {
        return healed ? 0 : storeUnknown;
    }

    long storeSlowMs() {
        return healed ? 2 : storeSlowMs;
    }

    double busLoss() {
        return healed ? 0 : busLoss;
    }

    double crash() {
        return healed ? 0 : crash;
    }

    double pause() {
        return healed ? 0 : pause;
    }

    double modelFails() {
        return healed ? 0 : modelFails;
    }

    double disconnect() {
        return healed ? 0 : disconnect;
    }

    /** How often a client comes back without a cursor, though it holds text. */
    double forgetful() {
        return forgetful;
    }

    /** Most milliseconds between two words, as a rule. */
    long gapMs() {
        return gapMs;
    }

    /** Words of the longest answer. */
    int longest() {
        return longest;
    }
}
