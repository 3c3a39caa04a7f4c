package dev.loadline.app;

public final class Cli {
    private Cli() {}

    public static void main(String[] args) {
        System.out.println("hi");
    }
}
