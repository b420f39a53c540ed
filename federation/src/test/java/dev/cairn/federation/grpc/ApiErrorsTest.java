package dev.cairn.federation.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.proto.api.v1.ErrorDetail;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiErrorsTest {
  private static final ArtifactKey KEY = ArtifactKey.of(Bytes.utf8("payload"), null);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 9, 5_000})
  void aPutThatBelongsElsewhereIsToldTheBestHoldersAndHowManyThereAre(int count)
      throws InvalidProtocolBufferException {
    List<NodeId> holders =
        IntStream.range(0, count)
            .mapToObj(i -> new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8("node " + i))))
            .toList();
    StatusRuntimeException refusal = ApiErrors.elsewhere(KEY, holders);
    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    ErrorDetail detail =
        Objects.requireNonNull(StatusProto.fromThrowable(refusal))
            .getDetails(0)
            .unpack(ErrorDetail.class);
    assertThat(detail.getHoldersList())
        .containsExactlyElementsOf(holders.stream().limit(8).map(NodeId::toString).toList());
    assertThat(refusal)
        .hasMessageContaining(
            count == 0 ? "no member" : count > 8 ? "one of " + count + " holders" : "put it at [");
  }
}
