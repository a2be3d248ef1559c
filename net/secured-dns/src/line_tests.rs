use super::*;
use thru_events::Vantage;
use thru_memory::World;
use thru_port::StreamInfo;

/// A stream whose peer takes nothing more: its goodbye never gets away.
struct Stuck(Box<dyn Stream>);

impl Stream for Stuck {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        self.0.poll_read(context, buffer)
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        self.0.poll_write(context, octets)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        self.0.poll_flush(context)
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        Poll::Pending
    }

    fn abort(&mut self) {
        self.0.abort();
    }

    fn info(&self) -> StreamInfo {
        self.0.info()
    }

    fn read_cause(&self) -> Cause {
        self.0.read_cause()
    }

    fn write_because(&mut self, cause: Cause) {
        self.0.write_because(cause);
    }
}

#[test]
fn a_server_that_takes_no_goodbye_keeps_nobody_longer_than_the_limit() {
    let world = World::new();
    let client = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let server = world.machine(Vantage::Near, [203, 0, 113, 10]);
    let (near, _far) = world.pair(&client, &server);
    let line = Line::open(&client, Box::new(Stuck(near)));
    world.run(async {
        let began = client.now();
        line.close(&*client).await;
        assert_eq!(client.now().since(began), CLOSING_LIMIT);
    });
}
